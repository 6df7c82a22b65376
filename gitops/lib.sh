# shellcheck shell=bash
# What the scripts have in common.

# The program of the checkout that is the current folder; in a project that has the package, the package's.
anycast() {
  if [ -e cli/anycast.js ]; then node cli/anycast.js "$@"; else node_modules/.bin/anycast "$@"; fi
}

# The stacks of this checkout.
stacks() {
  local file
  for file in stacks/Pulumi.*.yaml; do
    file=${file#stacks/Pulumi.}
    echo "${file%.yaml}"
  done
}

# The first line of a text that is edited when it is posted again.
comment_marker() {
  printf '<!-- anycast: %s -->\n' "$1"
}

# Lines as a block of Markdown that nothing in them can end.
indented() {
  sed 's/^/    /'
}

# The last lines of what may be very long: the summary and the errors are there.
shortened() {
  local most=200 text lines
  text=$(cat)
  lines=$(wc -l <<<"$text")
  [ "$lines" -le "$most" ] || echo "… $((lines - most)) lines before"
  tail -n "$most" <<<"$text"
}

# Runs an `anycast` command that goes to the hosts of a stack, with the stack's own SSH key; where it has none, ssh finds one itself.
# The key is in a file that only we can read, for as long as the command runs.
on_hosts() (
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  if pulumi config get anycast:sshPrivateKey --stack "$1" > "$work/key" 2>/dev/null; then
    chmod 600 "$work/key"
    anycast "$2" --stack "$1" --identity "$work/key"
  else
    anycast "$2" --stack "$1"
  fi
)

# Who holds the lock of a state in a bucket, a folder or a database, a line each; of what Pulumi says when it is refused by it.
lock_holders() {
  sed -n "s/^ .*\.json[^ ]*: created by \(.*\) at \([^ ]*\)$/\1 since \2/p"
}
