/** Metro of Equinix Metal, as there were until 2026 → metro of the lab. */
export const EQUINIX_METROS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    am: "ams",
    at: "atl",
    ch: "chi",
    da: "dfw",
    dc: "was",
    fr: "fra",
    hk: "hkg",
    hn: "hel",
    la: "lax",
    ld: "lon",
    ma: "mad",
    mb: "mel",
    mi: "mia",
    ml: "mil",
    mt: "ymq",
    ny: "nyc",
    os: "osa",
    pa: "par",
    se: "sea",
    sg: "sin",
    sk: "sto",
    sp: "sao",
    sv: "sjc",
    sy: "syd",
    tr: "yto",
    ty: "tyo",
    wa: "waw",
  }),
);

/** The plans. */
export const EQUINIX_PLANS = [
  "c3.small.x86",
  "c3.medium.x86",
  "m3.small.x86",
  "m3.large.x86",
  "n3.xlarge.x86",
  "s3.xlarge.x86",
];

/** The operating systems. */
export const EQUINIX_SYSTEMS = ["debian_11", "debian_12", "ubuntu_22_04", "ubuntu_24_04"];
