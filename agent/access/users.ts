import { AgentError } from "../error.ts";
import { said, type Run } from "../exec.ts";

/** A user of the host. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * Returns the users that the host lists.
 *
 * @throws AgentError when it cannot be asked
 */
export async function usersOf(run: Run): Promise<User[]> {
  const finished = await run(["getent", "passwd"]);
  if (finished.status !== 0) throw new AgentError(`the users cannot be read: ${said(finished)}`);
  return finished.stdout.split("\n").flatMap(userIn);
}

/** Returns the user of a name, also one of a directory that lists none; undefined when there is none. */
export async function userNamed(run: Run, name: string): Promise<User | undefined> {
  const [user] = userIn((await run(["getent", "passwd", name])).stdout.trim());
  return user;
}

/** A line as in `root:x:0:0:root:/root:/bin/bash`. */
function userIn(line: string): User[] {
  const [name = "", , uid, gid, , home = ""] = line.split(":");
  return home === "" ? [] : [{ name, uid: Number(uid), gid: Number(gid), home }];
}
