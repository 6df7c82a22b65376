import { z } from "zod";
import { common, http, portOf, serial, target } from "./check-fields.ts";
import { hostOrAddress, outsideTarget } from "./check-target.ts";
import { DNS_FLAGS, DNS_RCODES, DNS_TYPES } from "./dns.ts";
import { duration } from "./duration.ts";
import { bytes, port, unitName, zoneName } from "./fields.ts";

const dnsCheck = z
  .strictObject({
    kind: z.literal("dns"),
    port: portOf("53"),
    name: zoneName.meta({ description: "The name that is asked for", example: "example.net" }),
    type: z.enum(DNS_TYPES).optional().meta({ description: "The type of records", absent: "`SOA`" }),
    rcode: z
      .enum(DNS_RCODES)
      .optional()
      .meta({ description: "The code of the answer", absent: "`NOERROR`, with a record" }),
    flags: z.array(z.enum(DNS_FLAGS)).optional().meta({
      description: "Flags that the answer has to have; recursion is asked for when `aa` is not among them",
      absent: "`[aa]`",
    }),
    answer: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Data that one of the records has to have", example: "192.0.2.1", absent: "any" }),
    serial: serial
      .optional()
      .meta({ description: "Compares the zone's serial with those of other servers", absent: "not compared" }),
    signatureDays: z.int().min(0).optional().meta({
      description: "The least number of days that the answer's signatures have to be valid still",
      absent: "not asked",
    }),
    ...outsideTarget,
    ...common,
  })
  .meta({ description: "The answer is as wanted, by UDP and TCP" });

const httpCheck = z
  .strictObject({ kind: z.literal("http"), port: portOf("80"), ...http, ...outsideTarget, ...common })
  .meta({ description: "A GET gets the status; redirects are not followed" });

const httpsCheck = z
  .strictObject({
    kind: z.literal("https"),
    port: portOf("443"),
    ...http,
    certificateDays: z.int().min(0).optional().meta({
      description: "The least number of days that the certificate has to be valid still",
      absent: "not asked",
    }),
    verify: z.boolean().optional().meta({
      description: "Whether the certificate has to be trusted by the host and name `host`",
      absent: "`true`",
    }),
    ...outsideTarget,
    ...common,
  })
  .meta({
    description: "A GET gets the status, and the certificate is trusted for `host`; redirects are not followed",
  });

const given = port.meta({ description: "The port" });

const tcpCheck = z
  .strictObject({
    kind: z.literal("tcp"),
    port: given,
    banner: bytes.min(1).optional().meta({ description: "What the server begins with", absent: "any" }),
    ...outsideTarget,
    ...common,
  })
  .meta({ description: "A connection opens, and the server begins with the banner" });

const udpCheck = z
  .strictObject({
    kind: z.literal("udp"),
    port: given,
    send: bytes.min(1).meta({ description: 'What is sent; a character is a byte, as in `"\\xff"`' }),
    expect: bytes.min(1).meta({ description: "What the answer has to contain" }),
    ...outsideTarget,
    ...common,
  })
  .meta({ description: "The answer contains what is expected" });

const icmpCheck = z
  .strictObject({
    kind: z.literal("icmp"),
    ...outsideTarget,
    // The service's own addresses are the host's: it would answer itself.
    address: hostOrAddress.meta({
      description: "Whom the check asks; `host`: each own address of the host, with `from: peer`",
    }),
    ...common,
  })
  .meta({ description: "An echo request is answered" });

const ntpCheck = z
  .strictObject({
    kind: z.literal("ntp"),
    port: portOf("123"),
    stratum: z.int().min(1).max(15).optional().meta({ description: "The highest stratum that is taken", absent: "15" }),
    offset: duration.optional().meta({
      description: "How far the server's clock may be from the host's",
      example: "100 ms",
      absent: "not asked",
    }),
    ...target,
    ...common,
  })
  .meta({ description: "The server is synchronized" });

const commandCheck = z
  .strictObject({
    kind: z.literal("command"),
    argv: z
      .array(z.string())
      .min(1)
      .meta({ description: "The program, and its arguments", example: ["/usr/local/bin/check", "--quick"] }),
    ...common,
  })
  .meta({ description: "It ends with status 0; its whole process group is killed at the timeout" });

const fileCheck = z
  .strictObject({
    kind: z.literal("file"),
    path: z.string().startsWith("/").meta({ description: "The file", example: "/run/cache/fresh" }),
    age: duration
      .optional()
      .meta({ description: "How long ago it may have changed", example: "5 min", absent: "not asked" }),
    ...common,
  })
  .meta({ description: "The file exists, and changed no longer ago than `age`" });

const unitCheck = z
  .strictObject({
    kind: z.literal("unit"),
    unit: unitName.meta({ description: "The unit", example: "nginx.service" }),
    ...common,
  })
  .meta({
    description: "systemd calls the unit active; each probe is a short `systemctl`, so every second is for a few units",
  });

/** A check of an external service by its kind: what it asks. */
export const checkOfKind = z.discriminatedUnion("kind", [
  dnsCheck,
  httpCheck,
  httpsCheck,
  tcpCheck,
  udpCheck,
  icmpCheck,
  ntpCheck,
  commandCheck,
  fileCheck,
  unitCheck,
]);
