import { text } from "node:stream/consumers";
import { familyOf } from "../../model/ip.ts";
import { makeMachine, removeMachine } from "../../lab/clouds/machines.ts";
import { thisLab } from "../../lab/folder.ts";

// Stands for the provider of the example `own-host-adapter`: what its order.sh is to call, with hosts of the lab.
const METROS: Readonly<Record<string, string>> = { lisbon: "lis", warsaw: "waw" };
const { HOST_NAME: name = "", PLACE: place = "" } = process.env;
const hostname = name.replace(/^anycast-/, "");
const lab = thisLab();

if (process.argv[2] === "create") {
  const { publicIpv4, publicIpv6 } = await makeMachine(lab, {
    instanceId: name,
    hostname,
    metro: METROS[place] ?? "",
    profile: "vultr",
    bgpSource: "management",
    speakers: ["169.254.1.1", "fd00::1"].map((address) => ({
      family: familyOf(address),
      address,
      asn: 64510,
      multihop: 2,
      password: false,
    })),
    userData: await text(process.stdin),
    rootKeys: [],
    faults: new Set(),
  });
  process.stdout.write(JSON.stringify({ ipv4: publicIpv4, ipv6: publicIpv6 }));
} else await removeMachine(lab, hostname);
