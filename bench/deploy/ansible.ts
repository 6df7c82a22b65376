import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ansible as ansibleInventory } from "../../cli/formats/ansible.ts";
import type { Inventory } from "../../model/inventory.ts";
import { pythonWith } from "../../tools/setup/python.ts";
import type { Started } from "../measure.ts";

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** How the files of a host come to it: one by one, or in one archive. */
const TASKS = {
  copy: { "ansible.builtin.copy": { src: "files/{{ inventory_hostname }}/", dest: "/", mode: "preserve" } },
  unarchive: { "ansible.builtin.unarchive": { src: "files/{{ inventory_hostname }}.tgz", dest: "/" } },
} as const;

/** The name of the module that takes the files to the hosts. */
export type Way = keyof typeof TASKS;

/** What an operator writes for the same job: the same files to the same hosts, and the same daemons told of them. */
const playbook = (way: Way): object[] => [
  {
    hosts: "anycast",
    gather_facts: false,
    tasks: [{ name: "Files", ...TASKS[way], notify: ["Knot", "BIRD"] }],
    handlers: [
      { name: "Knot", "ansible.builtin.command": "knotc zone-reload" },
      { name: "BIRD", "ansible.builtin.command": "birdc configure" },
    ],
  },
];

const config = (key: string): string => `[defaults]
inventory = inventory.json
private_key_file = ${key}
forks = 20
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=known_hosts
`;

/** A folder with a playbook for the hosts of an inventory, in each way. */
export class Playbook {
  readonly folder: string;
  /** The Python that has Ansible. */
  private readonly program: string;

  private constructor(folder: string, program: string) {
    this.folder = folder;
    this.program = program;
  }

  /**
   * Writes the playbooks.
   *
   * @param folder a new one
   * @param key path of the operator's private SSH key
   */
  static async write(folder: string, inventory: Inventory, key: string): Promise<Playbook> {
    const program = await pythonWith("bench-ansible", REQUIREMENTS);
    await mkdir(folder, { recursive: true });
    const files = {
      "ansible.cfg": config(key),
      "inventory.json": ansibleInventory(inventory),
      "copy.json": JSON.stringify(playbook("copy")),
      "unarchive.json": JSON.stringify(playbook("unarchive")),
      known_hosts: Object.values(inventory.sites)
        .map(({ management }) => `${management.address} ${management.hostKey}\n`)
        .join(""),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return new Playbook(folder, program);
  }

  /** Where the files of a site are to be put, below which they have their paths on the host. */
  filesOf(site: string): string {
    return join(this.folder, "files", site);
  }

  /** Makes the archive of a site from its files. */
  async archive(site: string): Promise<void> {
    const files = this.filesOf(site);
    // Only files: the folders of a host stay as they are.
    await execa("sh", ["-c", `find . -type f | tar --numeric-owner -czf "$1" -T -`, "sh", `${files}.tgz`], {
      cwd: files,
    });
  }

  /** Starts the playbook. */
  run(way: Way): Started {
    const env = { ANSIBLE_NOCOLOR: "1", ANSIBLE_HOME: join(this.folder, "home") };
    return execa(this.program, ["-m", "ansible.cli.playbook", `${way}.json`], {
      cwd: this.folder,
      all: true,
      reject: false,
      env,
    });
  }
}
