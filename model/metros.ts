/** Where a site or a client is. */
export interface Location {
  /** Degrees, north positive. */
  readonly latitude: number;
  /** Degrees, east positive. */
  readonly longitude: number;
}

/** A metropolitan area that a site can be in. */
export interface Metro extends Location {
  /** IATA city or airport code in lower case, as operators name sites. */
  readonly code: string;
  readonly city: string;
}

/**
 * The metros that the lab knows, with real coordinates. Append only: a metro's position numbers its networks in the lab.
 * Source of the coordinates: the cities' own, to two decimals.
 */
const TABLE = `
fra 50.11 8.68 Frankfurt
nyc 40.71 -74.01 New York
sin 1.35 103.82 Singapore
ams 52.37 4.90 Amsterdam
lon 51.51 -0.13 London
par 48.86 2.35 Paris
mad 40.42 -3.70 Madrid
mil 45.46 9.19 Milan
sto 59.33 18.07 Stockholm
waw 52.23 21.01 Warsaw
vie 48.21 16.37 Vienna
zrh 47.37 8.54 Zurich
dub 53.35 -6.26 Dublin
lis 38.72 -9.14 Lisbon
cph 55.68 12.57 Copenhagen
hel 60.17 24.94 Helsinki
osl 59.91 10.75 Oslo
prg 50.08 14.44 Prague
buh 44.43 26.10 Bucharest
sof 42.70 23.32 Sofia
ath 37.98 23.73 Athens
ist 41.01 28.98 Istanbul
bru 50.85 4.35 Brussels
muc 48.14 11.58 Munich
mrs 43.30 5.37 Marseille
rom 41.90 12.50 Rome
bud 47.50 19.04 Budapest
iev 50.45 30.52 Kyiv
man 53.48 -2.24 Manchester
rix 56.95 24.11 Riga
was 38.91 -77.04 Washington
chi 41.88 -87.63 Chicago
dfw 32.78 -96.80 Dallas
lax 34.05 -118.24 Los Angeles
sea 47.61 -122.33 Seattle
sjc 37.34 -121.89 San Jose
mia 25.76 -80.19 Miami
atl 33.75 -84.39 Atlanta
den 39.74 -104.99 Denver
phx 33.45 -112.07 Phoenix
slc 40.76 -111.89 Salt Lake City
bos 42.36 -71.06 Boston
hou 29.76 -95.37 Houston
msp 44.98 -93.27 Minneapolis
yto 43.65 -79.38 Toronto
ymq 45.50 -73.57 Montreal
yvr 49.28 -123.12 Vancouver
hnl 21.31 -157.86 Honolulu
mex 19.43 -99.13 Mexico City
qro 20.59 -100.39 Queretaro
sao -23.55 -46.63 Sao Paulo
rio -22.91 -43.17 Rio de Janeiro
for -3.73 -38.53 Fortaleza
bue -34.60 -58.38 Buenos Aires
scl -33.45 -70.67 Santiago
lim -12.05 -77.04 Lima
bog 4.71 -74.07 Bogota
uio -0.18 -78.47 Quito
pty 8.98 -79.52 Panama City
tyo 35.68 139.69 Tokyo
osa 34.69 135.50 Osaka
sel 37.57 126.98 Seoul
tpe 25.03 121.57 Taipei
hkg 22.32 114.17 Hong Kong
mnl 14.60 120.98 Manila
jkt -6.21 106.85 Jakarta
kul 3.14 101.69 Kuala Lumpur
bkk 13.76 100.50 Bangkok
sgn 10.82 106.63 Ho Chi Minh City
bom 19.08 72.88 Mumbai
del 28.61 77.21 Delhi
blr 12.97 77.59 Bangalore
maa 13.08 80.27 Chennai
cmb 6.93 79.86 Colombo
khi 24.86 67.01 Karachi
dac 23.81 90.41 Dhaka
dxb 25.20 55.27 Dubai
doh 25.29 51.53 Doha
ruh 24.71 46.68 Riyadh
tlv 32.09 34.78 Tel Aviv
amm 31.95 35.93 Amman
cai 30.04 31.24 Cairo
cas 33.57 -7.59 Casablanca
los 6.52 3.38 Lagos
acc 5.60 -0.19 Accra
nbo -1.29 36.82 Nairobi
jnb -26.20 28.05 Johannesburg
cpt -33.92 18.42 Cape Town
lad -8.84 13.23 Luanda
mru -20.16 57.50 Port Louis
syd -33.87 151.21 Sydney
mel -37.81 144.96 Melbourne
per -31.95 115.86 Perth
bne -27.47 153.03 Brisbane
akl -36.85 174.76 Auckland
gum 13.44 144.79 Guam
ala 43.24 76.95 Almaty
tas 41.30 69.24 Tashkent
`;

/** The metros by code. */
export const METROS: ReadonlyMap<string, Metro> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line) => {
      const [code = "", latitude, longitude, ...city] = line.split(" ");
      return [code, { code, latitude: Number(latitude), longitude: Number(longitude), city: city.join(" ") }];
    }),
);

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The great-circle distance between two places in kilometers (haversine, mean Earth radius 6371 km). */
export function distanceKm(a: Location, b: Location): number {
  const h =
    Math.sin(radians(b.latitude - a.latitude) / 2) ** 2 +
    Math.cos(radians(a.latitude)) *
      Math.cos(radians(b.latitude)) *
      Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}
