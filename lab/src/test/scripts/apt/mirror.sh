#!/bin/bash
# mirror.sh DIR: a repository of two packages, one of which needs the other: jvmm-words, 2 MiB of noise, and jvmm-greeting, which says
# their checksum, and has a maintainer's script. Prints that checksum.
set -eu
cd "$1"
package() { # package NAME DEPENDS: what is in tree/NAME as NAME.deb
    mkdir -p "tree/$1/DEBIAN"
    printf '%s\n' "Package: $1" "Version: 1.2-3" "Architecture: all" "Maintainer: jvmm <jvmm@example.org>" ${2:+"Depends: $2"} \
        "Description: a package for a test" >"tree/$1/DEBIAN/control"
    dpkg-deb --root-owner-group -b "tree/$1" "pool/$1.deb" >/dev/null
}
list=main/binary-amd64/Packages
mkdir -p pool dists/test/main/binary-amd64 tree/jvmm-words/usr/share/jvmm tree/jvmm-greeting/{usr/bin,DEBIAN}
head -c 2097152 /dev/urandom >tree/jvmm-words/usr/share/jvmm/words
printf '#!/bin/sh\nsha256sum </usr/share/jvmm/words | cut -c 1-64\n' >tree/jvmm-greeting/usr/bin/jvmm-greeting
printf '#!/bin/sh\nset -e\necho "$1" >/var/lib/jvmm-greeting\n' >tree/jvmm-greeting/DEBIAN/postinst
chmod 755 tree/jvmm-greeting/usr/bin/jvmm-greeting tree/jvmm-greeting/DEBIAN/postinst
sha256sum <tree/jvmm-words/usr/share/jvmm/words | cut -c 1-64
package jvmm-words ''
package jvmm-greeting 'jvmm-words (>= 1.2)'
for deb in pool/*.deb; do
    dpkg-deb -f "$deb"
    printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum <"$deb" | cut -c 1-64)"
done >dists/test/$list
rm -rf tree
cd dists/test
printf 'Origin: jvmm\nSuite: test\nCodename: test\nArchitectures: amd64\nComponents: main\nDate: %s\nSHA256:\n %s %s %s\n' "$(date -R -u -d yesterday)" \
    "$(sha256sum <$list | cut -c 1-64)" "$(stat -c %s $list)" $list >Release
