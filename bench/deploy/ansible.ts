import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ansible as ansibleInventory } from "../../cli/formats/ansible.ts";
import type { Inventory } from "../../model/inventory.ts";
import { pythonWith } from "../../tools/setup/python.ts";
import type { Started } from "../measure.ts";

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** What an operator writes for the same job: the same files to the same hosts, and the same daemons told of them. */
const PLAYBOOK = [
  {
    hosts: "anycast",
    gather_facts: false,
    tasks: [
      {
        name: "Files",
        "ansible.builtin.copy": { src: "files/{{ inventory_hostname }}/", dest: "/", mode: "preserve" },
        notify: ["Knot", "BIRD"],
      },
    ],
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

/** A folder with a playbook for the hosts of an inventory. */
export class Playbook {
  readonly folder: string;
  /** The Python that has Ansible. */
  private readonly program: string;

  private constructor(folder: string, program: string) {
    this.folder = folder;
    this.program = program;
  }

  /**
   * Writes the playbook.
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
      "playbook.json": JSON.stringify(PLAYBOOK),
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

  /** Starts the playbook. */
  run(): Started {
    const env = { ANSIBLE_NOCOLOR: "1", ANSIBLE_HOME: join(this.folder, "home") };
    return execa(this.program, ["-m", "ansible.cli.playbook", "playbook.json"], {
      cwd: this.folder,
      all: true,
      reject: false,
      env,
    });
  }
}
