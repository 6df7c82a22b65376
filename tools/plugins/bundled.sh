# Read by the launchers of the lab's provider plugins.

# bundled PARENT/FOLDER SOURCE...: makes PARENT/dist/FOLDER.cjs of PARENT/FOLDER/main.ts on first use and after a change in a SOURCE, and
# prints its path. All paths are relative to the checkout, $root. Modules that ask for import.meta.dirname have to stand in PARENT.
#
# A bundle starts in a third of a second and with half the memory of the sources run by tsx. It is moved into its place when it is
# complete, so two engines can start at once.
bundled() {
  program=$1
  shift
  bundle=${program%/*}/dist/${program##*/}.cjs
  if [ ! -f "$root/$bundle" ] || (cd "$root" && [ -n "$(find tools/plugins/bundled.sh package-lock.json "$@" -name dist -prune -o -newer "$bundle" -type f -print -quit)" ]); then
    "$root/node_modules/.bin/esbuild" "$root/$program/main.ts" --bundle --platform=node --target=node20 --format=cjs \
      --define:import.meta.dirname=parentFolder --define:import.meta.url=ownUrl \
      --banner:js='const parentFolder=require("node:path").dirname(__dirname),ownUrl=require("node:url").pathToFileURL(__filename).href;' \
      --external:cpu-features '--external:*.node' --log-level=error --outfile="$root/$bundle.$$" >&2
    mv "$root/$bundle.$$" "$root/$bundle"
  fi
  echo "$root/$bundle"
}
