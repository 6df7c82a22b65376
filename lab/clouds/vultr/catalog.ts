/** What the simulated Vultr sells, as its API shows it (`/v2/regions`, `/v2/plans`, `/v2/plans-metal`, `/v2/os`). */

/** A region. */
export interface VultrRegion {
  readonly id: string;
  readonly city: string;
  readonly country: string;
  readonly continent: string;
  readonly options: readonly string[];
}

/** A plan of virtual machines. Memory in MB, disk in GB, traffic in GB a month, dollars a month. */
export interface VultrPlan {
  readonly id: string;
  readonly vcpu_count: number;
  readonly ram: number;
  readonly disk: number;
  readonly disk_count: number;
  readonly bandwidth: number;
  readonly monthly_cost: number;
  readonly type: string;
  readonly locations: readonly string[];
}

/** A plan of physical machines. */
export interface VultrMetalPlan extends Omit<VultrPlan, "vcpu_count"> {
  readonly cpu_count: number;
  readonly cpu_model: string;
  readonly cpu_threads: number;
}

/** An operating system. */
export interface VultrOs {
  readonly id: number;
  readonly name: string;
  readonly arch: string;
  readonly family: string;
}

/** Region, the lab's metro, country, continent, city. */
const REGIONS = `
ams ams NL Europe Amsterdam
atl atl US North America Atlanta
blr blr IN Asia Bangalore
bom bom IN Asia Mumbai
cdg par FR Europe Paris
del del IN Asia Delhi NCR
dfw dfw US North America Dallas
ewr nyc US North America New Jersey
fra fra DE Europe Frankfurt
hnl hnl US North America Honolulu
icn sel KR Asia Seoul
itm osa JP Asia Osaka
jnb jnb ZA Africa Johannesburg
lax lax US North America Los Angeles
lhr lon GB Europe London
mad mad ES Europe Madrid
man man GB Europe Manchester
mel mel AU Australia Melbourne
mex mex MX North America Mexico City
mia mia US North America Miami
nrt tyo JP Asia Tokyo
ord chi US North America Chicago
sao sao BR South America São Paulo
scl scl CL South America Santiago
sea sea US North America Seattle
sgp sin SG Asia Singapore
sjc sjc US North America Silicon Valley
sto sto SE Europe Stockholm
syd syd AU Australia Sydney
tlv tlv IL Asia Tel Aviv
waw waw PL Europe Warsaw
yto yto CA North America Toronto
`;

const TABLE = REGIONS.trim()
  .split("\n")
  .map((line) => {
    const [, id = "", metro = "", country = "", continent = "", city = ""] =
      /^(\S+) (\S+) (\S+) (North America|South America|\S+) (.+)$/.exec(line) ?? [];
    return { metro, region: { id, city, country, continent, options: ["ddos_protection"] } };
  });

/** The regions. */
export const VULTR_REGIONS: readonly VultrRegion[] = TABLE.map(({ region }) => region);

/** Region → metro of the lab. */
export const VULTR_METROS: ReadonlyMap<string, string> = new Map(TABLE.map(({ region, metro }) => [region.id, metro]));

const everywhere = VULTR_REGIONS.map(({ id }) => id);

function plan(id: string, vcpus: number, ram: number, disk: number, bandwidth: number, cost: number): VultrPlan {
  const type = id.split("-")[0] ?? "";
  return {
    id,
    vcpu_count: vcpus,
    ram,
    disk,
    disk_count: 1,
    bandwidth,
    monthly_cost: cost,
    type,
    locations: everywhere,
  };
}

/** The plans of virtual machines. */
export const VULTR_PLANS: readonly VultrPlan[] = [
  plan("vc2-1c-1gb", 1, 1024, 25, 1024, 5),
  plan("vc2-1c-2gb", 1, 2048, 55, 2048, 10),
  plan("vc2-2c-2gb", 2, 2048, 65, 3072, 15),
  plan("vc2-2c-4gb", 2, 4096, 80, 3072, 20),
  plan("vc2-4c-8gb", 4, 8192, 160, 4096, 40),
  plan("vhf-1c-2gb", 1, 2048, 64, 2048, 12),
  plan("vhf-2c-4gb", 2, 4096, 128, 3072, 24),
  plan("vhp-1c-2gb-amd", 1, 2048, 50, 3072, 12),
  plan("vhp-2c-4gb-amd", 2, 4096, 100, 6144, 24),
];

function metal(id: string, cpus: number, threads: number, model: string, ram: number, cost: number): VultrMetalPlan {
  return {
    id,
    cpu_count: cpus,
    cpu_threads: threads,
    cpu_model: model,
    ram,
    disk: 240,
    disk_count: 2,
    bandwidth: 5120,
    monthly_cost: cost,
    type: "SSD",
    locations: everywhere,
  };
}

/** The plans of physical machines. */
export const VULTR_METAL_PLANS: readonly VultrMetalPlan[] = [
  metal("vbm-4c-32gb", 4, 8, "E3-1270v6", 32768, 120),
  metal("vbm-6c-32gb", 6, 12, "E-2286G", 32768, 185),
  metal("vbm-8c-132gb", 8, 16, "E-2388G", 131072, 350),
];

/** The operating systems. */
export const VULTR_OS: readonly VultrOs[] = [
  { id: 477, name: "Debian 11 x64 (bullseye)", arch: "x64", family: "debian" },
  { id: 2136, name: "Debian 12 x64 (bookworm)", arch: "x64", family: "debian" },
  { id: 2625, name: "Debian 13 x64 (trixie)", arch: "x64", family: "debian" },
  { id: 1743, name: "Ubuntu 22.04 LTS x64", arch: "x64", family: "ubuntu" },
  { id: 2284, name: "Ubuntu 24.04 LTS x64", arch: "x64", family: "ubuntu" },
];
