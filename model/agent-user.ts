/** The user, and group, that the agent runs as. */
export const AGENT_USER = "anycast-agent";

/** A line of shell that makes the agent's user where there is none. To be run as root. */
export const MAKE_AGENT_USER = `getent passwd ${AGENT_USER} >/dev/null || useradd --system --user-group --no-create-home --home-dir /var/lib/${AGENT_USER} --shell /usr/sbin/nologin ${AGENT_USER}`;
