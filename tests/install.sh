#!/bin/sh
# Installs the players and servers that the tests need, as far as this machine allows, and says what could not be had.
# Safe to run again; always ends well, as what is missing only skips its tests.
cd "$(dirname "$0")/journeys/players" || exit 0

missing() { echo "tests: $*" >&2; }
here() { command -v "$1" >/dev/null 2>&1; }

PATH="$PATH:/usr/sbin:/sbin" # where Debian has nginx

wanted=""
here npm || wanted="$wanted npm"
here chromium || here chromium-browser || here google-chrome || wanted="$wanted chromium"
here ffmpeg || wanted="$wanted ffmpeg"
# libvlc and its plugins; the library's folder differs between machines.
[ -n "$(find /usr/lib -name 'libvlc.so.5' -print -quit 2>/dev/null)" ] || wanted="$wanted libvlc5 vlc-bin"
[ -n "$(find /usr/lib -name 'libadaptive_plugin.so' -print -quit 2>/dev/null)" ] || wanted="$wanted vlc-plugin-base"
# A browser without a font draws no text, and some pages then wait for one.
[ -n "$(find /usr/share/fonts -name '*.ttf' -print -quit 2>/dev/null)" ] || wanted="$wanted fonts-dejavu-core"
here redis-server || wanted="$wanted redis-server"
here nginx || wanted="$wanted nginx-light"
here systemd-analyze || wanted="$wanted systemd"
here taskset || wanted="$wanted util-linux"
here curl || wanted="$wanted curl"
here jq || wanted="$wanted jq"
here promtool || wanted="$wanted prometheus" # what deploy/prometheus is checked with
# XMLTV's DTD and its validator.
perl -MXMLTV::ValidateFile -e 1 2>/dev/null || wanted="$wanted libxmltv-perl libxml-libxml-perl"
if [ -z "$wanted" ]; then
    :
elif ! here apt-get; then
    missing "not installed:$wanted (only Debian's and Ubuntu's packages are known here)"
elif [ "$(id -u)" != 0 ]; then
    missing "not installed:$wanted (run as root, or: sudo apt-get install$wanted)"
else
    export DEBIAN_FRONTEND=noninteractive
    # Tests start servers of their own: one that Debian starts would hold a port and a processor for nothing.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get update -qq || missing "apt-get update failed"
    # One at a time: one that does not exist must not keep the others away.
    for package in $wanted; do
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null || missing "not installed: $package"
    done
fi

# hls.js: npm leaves its own copy of the lock behind when it is done.
if [ -f node_modules/hls.js/dist/hls.min.js ] && [ node_modules/.package-lock.json -nt package-lock.json ]; then
    :
elif here npm; then
    npm ci --no-audit --no-fund --loglevel=error || missing "no hls.js: npm ci failed"
else
    missing "no hls.js: there is no npm"
fi
exit 0
