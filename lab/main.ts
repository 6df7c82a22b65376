import { Command } from "commander";
import { thisLab } from "./folder.ts";
import { UsageError, oneOf } from "./usage-error.ts";

// Each command loads what it needs itself, so that none waits for what another needs.

const lab = thisLab();

const program = new Command("npm run lab --")
  .description(
    "The Internet on this machine: real Debian hosts, BIRD routers and clients, and the stack 'lab' deployed to them.",
  )
  .usage("[COMMAND]")
  .enablePositionalOptions()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .addHelpText(
    "after",
    `
Without a command: starts what is missing, deploys the stack with 'pulumi up', shows sites, sessions and catchment.

Examples:
  npm run lab
  npm run lab -- query --client client-syd          where do Sydney's clients land?
  npm run lab -- fail service-crash fra             break something, and see it with query and status
  npm run lab -- heal fra
  npm run lab -- exec site-fra -- birdc show route  in a host, as root
  npm run lab -- exec client-syd -- kdig @203.0.113.53 example.net SOA
  npm run lab -- pulumi preview --diff
  npm run lab -- anycast status
  npm run lab -- down

Nodes are site-<site>, edge-<region>, client-<region> and transit-<n>.
The lab is in the folder .lab of the checkout, or where ANYCAST_LAB_DIR says.`,
  );

program
  .command("up", { isDefault: true, hidden: true })
  .argument("[command]")
  .action(async (command: string | undefined) => {
    // Whatever is no command comes here.
    if (command !== undefined) oneOf("command", command, commandNames());
    const { up } = await import("./up.ts");
    process.exitCode = await up(lab);
  });

program
  .command("down")
  .description("remove everything that the lab made, also after a crash")
  .action(async () => {
    const { down } = await import("./down.ts");
    await down(lab);
  });

program
  .command("status")
  .description("show hosts, BGP sessions and nodes")
  .option("--json", "print {sites, sessions, nodes} as JSON")
  .action(async ({ json }: { json?: boolean }) => {
    const { labStatus } = await import("./status.ts");
    const status = await labStatus(lab);
    if (json === true) return printJson(status);
    const { nodesTable, sessionsTable, sitesTable } = await import("./tables.ts");
    process.stdout.write(`${sitesTable(status)}\n${sessionsTable(status)}\n${nodesTable(status)}`);
  });

program
  .command("exec")
  .description("run a command in a node, as root")
  .usage("NODE -- CMD...")
  .argument("<node>")
  .argument("<command...>")
  .passThroughOptions()
  .action(async (node: string, command: string[]) => {
    const { execIn } = await import("./exec.ts");
    process.exitCode = await execIn(lab, node, command[0] === "--" ? command.slice(1) : command);
  });

program
  .command("query")
  .description("ask the service from every client, and compare with the routers' tables; status 1 when they disagree")
  .option("--client <name>", "ask from this client only")
  .option("--json", "print one row a client, address and transport as JSON")
  .action(async ({ client, json }: { client?: string; json?: boolean }) => {
    const [{ queryLab }, { isAsExpected }] = [await import("./up.ts"), await import("./query.ts")];
    const rows = await queryLab(lab, client);
    if (json === true) printJson(rows);
    else {
      const { queryTable } = await import("./tables.ts");
      process.stdout.write(queryTable(rows));
    }
    if (!rows.every(isAsExpected)) process.exitCode = 1;
  });

program
  .command("fail")
  .description(
    "break something at a site: service-crash, service-hang, bird-kill, agent-kill, link-down, blackhole, host-off, bgp-down (BGP alone, of both families), bgp4-down, bgp6-down",
  )
  .argument("<fault>")
  .argument("<site>")
  .action(async (fault: string, site: string) => {
    const [{ fail }, { FAULTS }] = [await import("./faults.ts"), await import("./state.ts")];
    await fail(lab, oneOf("fault", fault, FAULTS), oneOf("site", site, await siteNames()));
  });

program
  .command("heal")
  .description("undo whatever is broken at a site")
  .argument("<site>")
  .action(async (site: string) => {
    const { heal } = await import("./faults.ts");
    const { faults, booted } = await heal(lab, oneOf("site", site, await siteNames()));
    const did = [...faults.map((fault) => `healed ${fault}`), ...(booted ? ["booted"] : [])];
    process.stderr.write(`${site}: ${did.length === 0 ? "nothing was broken" : did.join(", ")}\n`);
  });

program
  .command("rehearse")
  .description("bring a stack up on simulated clouds with real hosts behind them, show it, destroy it")
  .argument("<stack>", "as in staging: stacks/Pulumi.staging.yaml")
  .option("--keep", "leave it up, for all other commands, until 'down'")
  .action(async (stack: string, { keep }: { keep?: boolean }) => {
    const { rehearse } = await import("./rehearse.ts");
    process.exitCode = await rehearse(lab, stack, { keep: keep === true });
  });

const cloud = program.command("cloud").description("let the simulated clouds of a rehearsal fail");

cloud
  .command("fail")
  .description(
    "let a region, a site, a plan or 'all' fail: quota, out-of-stock, plan-gone, rate-limit, rate-limit-silent, unauthorized, forbidden, server-error, done-500, unavailable, cut, done-cut, html, html-ok, gone-400, half-created, suspended, slow-boot, no-boot, cloud-init-error",
  )
  .argument("<where>")
  .argument("<fault>")
  .option("--on <request>", "at Vultr: such requests alone, as in 'GET /v2/instances/*'")
  .option("--after <n>", "at Vultr: let so many such requests pass first", Number)
  .option("--times <n>", "at Vultr: so many such requests, and no more", Number)
  .action(async (where: string, fault: string, options: { on?: string; after?: number; times?: number }) => {
    const [{ makeLabFolder }, { CLOUD_FAULTS, failCloud }] = [
      await import("./folder.ts"),
      await import("./clouds/faults.ts"),
    ];
    const kinds = Object.keys(CLOUD_FAULTS) as (keyof typeof CLOUD_FAULTS)[];
    await makeLabFolder(lab);
    await failCloud(lab, { ...options, where, kind: oneOf("fault", fault, kinds) });
  });

cloud
  .command("heal")
  .description("let a region, a site, or all work again")
  .argument("[where]")
  .action(async (where: string | undefined) => {
    const { healClouds } = await import("./clouds/faults.ts");
    await healClouds(lab, where);
  });

cloud
  .command("list")
  .description("show what there is at the clouds, as JSON")
  .action(async () => {
    const { cloudItems } = await import("./clouds/inventory.ts");
    printJson(await cloudItems(lab));
  });

cloud
  .command("delete")
  .description("delete a site's server by hand, behind Pulumi's back")
  .argument("<site>")
  .action(async (site: string) => {
    const { deleteByHand } = await import("./clouds/by-hand.ts");
    await deleteByHand(lab, site);
  });

cloud
  .command("rebuild")
  .description("reinstall a site's server by hand, with another system and a new host key, behind Pulumi's back")
  .argument("<site>")
  .action(async (site: string) => {
    const { rebuildByHand } = await import("./clouds/by-hand.ts");
    await rebuildByHand(lab, site);
  });

cloud
  .command("power-off")
  .description("power a site's server off by hand")
  .argument("<site>")
  .action(async (site: string) => {
    const { powerOffByHand } = await import("./clouds/by-hand.ts");
    await powerOffByHand(lab, site);
  });

cloud
  .command("rename")
  .description("give a site's server another label by hand")
  .argument("<site>")
  .argument("<label>")
  .action(async (site: string, label: string) => {
    const { renameByHand } = await import("./clouds/by-hand.ts");
    await renameByHand(lab, site, label);
  });

cloud
  .command("resize")
  .description("give a site's server another plan by hand")
  .argument("<site>")
  .argument("<plan>")
  .action(async (site: string, plan: string) => {
    const { resizeByHand } = await import("./clouds/by-hand.ts");
    await resizeByHand(lab, site, plan);
  });

cloud
  .command("move")
  .description("move a site's server by hand to a new firewall group, which opens nothing")
  .argument("<site>")
  .action(async (site: string) => {
    const { moveByHand } = await import("./clouds/by-hand.ts");
    await moveByHand(lab, site);
  });

/** Adds a command whose arguments all belong to another program. */
function passThrough(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .usage("ARGS...")
    .argument("[args...]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions();
}

passThrough("pulumi", "run the Pulumi CLI with the lab's state and stack").action(async (args: string[]) => {
  const { pulumi } = await import("./pulumi.ts");
  process.exitCode = await pulumi(lab, args);
});

passThrough("anycast", "run the operator's command with the lab's stack, inventory, SSH key and Pulumi CLI").action(
  async (args: string[]) => {
    const { anycast } = await import("./pulumi.ts");
    process.exitCode = await anycast(lab, args);
  },
);

function commandNames(): string[] {
  return program.commands.map((each) => each.name());
}

async function siteNames(): Promise<string[]> {
  const { readState } = await import("./state.ts");
  return Object.keys((await readState(lab))?.hosts ?? {}).toSorted(); // the state has them as they came up
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

// What a host's own services read must not depend on who starts it.
process.umask(0o022);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
