import { z } from "zod";
import { checkList, dnsServiceCheck, quorum, scopeProblems } from "./checks.ts";
import { address, name, unitName, zoneName } from "./fields.ts";

const addresses = z
  .array(address)
  .min(1)
  .meta({ description: "Its addresses, each inside a prefix", example: ["203.0.113.53", "2001:db8:53::53"] });

const dns = z
  .strictObject({
    kind: z.literal("dns"),
    addresses,
    zones: z
      .record(
        zoneName,
        z
          .string()
          .min(1)
          .meta({ description: "Zone file, relative to the program's folder", example: "zones/example.net.zone" }),
      )
      .refine((zones) => Object.keys(zones).length > 0, "names no zone")
      .meta({ description: "Zone name → zone file, relative to the program's folder" }),
    check: dnsServiceCheck.prefault({}).meta({ description: "How the service is checked" }),
  })
  .meta({ description: "An authoritative DNS server (Knot DNS) that we install and run" });

const external = z
  .strictObject({
    kind: z.literal("external"),
    addresses: addresses.meta({ description: "Its addresses, each inside a prefix; they are put on `lo`" }),
    ports: z
      .array(
        z
          .string()
          .regex(/^(tcp|udp)\/\d{1,5}$/, "must be written as in tcp/443 or udp/53")
          .meta({ example: "tcp/443" }),
      )
      .min(1)
      .meta({ description: "What the firewall lets through to the addresses" }),
    unit: unitName.endsWith(".service", "must be a unit of type service, as in nginx.service").optional().meta({
      description: "The systemd unit that runs it: when it ends, the site is withdrawn at once",
      example: "nginx.service",
      absent: "none",
    }),
    checks: checkList.meta({ description: "What has to be up for the addresses to be announced" }),
    quorum: quorum.optional().meta({
      description: "How many checks of scope `site` have to be up, counted by `weight`: `all`, `any`, or a number",
      example: 2,
      absent: "`all`",
    }),
  })
  .meta({
    description:
      "A service that is installed by other means; checked, announced and let through the firewall, never started or stopped",
  });

/** The services of a network, by name. */
export const services = z
  .record(name, z.discriminatedUnion("kind", [dns, external]))
  .refine((all) => Object.keys(all).length > 0, "names no service")
  .superRefine((all, context) => {
    const own = Object.values(all).flatMap((service) => service.addresses);
    for (const [key, each] of Object.entries(all))
      for (const problem of each.kind === "external" ? scopeProblems(each, own) : [])
        context.addIssue({ code: "custom", path: [key, problem.key], message: problem.message });
  })
  .meta({ description: "What the sites serve: name → service" });
