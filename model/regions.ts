import { distanceKm, METROS, type Location } from "./metros.ts";
import { nearest } from "./nearest.ts";

/** A place that a provider sells hosts in. */
export interface Region extends Location {
  /** The provider's own name. */
  readonly code: string;
  readonly city: string;
}

/** The regions of Vultr's API (`GET /v2/regions`), virtual machines and bare metal alike. Coordinates: the cities' own. */
const VULTR = `
ams 52.37 4.90 Amsterdam
atl 33.75 -84.39 Atlanta
blr 12.97 77.59 Bangalore
bom 19.08 72.88 Mumbai
cdg 48.86 2.35 Paris
del 28.61 77.21 Delhi
dfw 32.78 -96.80 Dallas
ewr 40.74 -74.17 New Jersey
fra 50.11 8.68 Frankfurt
hnl 21.31 -157.86 Honolulu
icn 37.57 126.98 Seoul
itm 34.69 135.50 Osaka
jnb -26.20 28.05 Johannesburg
lax 34.05 -118.24 Los Angeles
lhr 51.51 -0.13 London
mad 40.42 -3.70 Madrid
man 53.48 -2.24 Manchester
mel -37.81 144.96 Melbourne
mex 19.43 -99.13 Mexico City
mia 25.76 -80.19 Miami
nrt 35.68 139.69 Tokyo
ord 41.88 -87.63 Chicago
sao -23.55 -46.63 Sao Paulo
scl -33.45 -70.67 Santiago
sea 47.61 -122.33 Seattle
sgp 1.35 103.82 Singapore
sjc 37.34 -121.89 Silicon Valley
sto 59.33 18.07 Stockholm
syd -33.87 151.21 Sydney
tlv 32.09 34.78 Tel Aviv
waw 52.23 21.01 Warsaw
yto 43.65 -79.38 Toronto
`;

/** The metros that Equinix Metal had when it was shut down. */
const EQUINIX_METAL = `
am 52.37 4.90 Amsterdam
at 33.75 -84.39 Atlanta
ch 41.88 -87.63 Chicago
da 32.78 -96.80 Dallas
dc 38.91 -77.04 Washington
fr 50.11 8.68 Frankfurt
hk 22.32 114.17 Hong Kong
la 34.05 -118.24 Los Angeles
ld 51.51 -0.13 London
md 40.42 -3.70 Madrid
me -37.81 144.96 Melbourne
mi 25.76 -80.19 Miami
mx 19.43 -99.13 Mexico City
ny 40.71 -74.01 New York
os 34.69 135.50 Osaka
pa 48.86 2.35 Paris
se 47.61 -122.33 Seattle
sg 1.35 103.82 Singapore
sk 59.33 18.07 Stockholm
sl 37.57 126.98 Seoul
sp -23.55 -46.63 Sao Paulo
sv 37.34 -121.89 Silicon Valley
sy -33.87 151.21 Sydney
tr 43.65 -79.38 Toronto
ty 35.68 139.69 Tokyo
`;

/** The shipped lists of regions by provider: for coordinates, and for a mistake to be found without asking anyone. */
export const REGIONS = {
  vultr: table(VULTR),
  vultrBareMetal: table(VULTR),
  equinixMetal: table(EQUINIX_METAL),
} as const;

function table(text: string): ReadonlyMap<string, Region> {
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => {
        const [code = "", latitude, longitude, ...city] = line.split(" ");
        return [code, { code, latitude: Number(latitude), longitude: Number(longitude), city: city.join(" ") }];
      }),
  );
}

/** The region that was probably meant: by city, else by the place of a metro with that code, else by spelling. */
export function meantRegion(text: string, regions: ReadonlyMap<string, Region>): Region | undefined {
  const all = [...regions.values()];
  const byCity = all.find(({ city }) => city.toLowerCase() === text.toLowerCase());
  if (byCity !== undefined) return byCity;
  const metro = METROS.get(text.toLowerCase());
  const there = metro === undefined ? undefined : all.find((region) => distanceKm(region, metro) < 100);
  return there ?? regions.get(nearest(text, [...regions.keys()]) ?? "");
}
