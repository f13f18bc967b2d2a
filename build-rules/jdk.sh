# Sourced: sets "jdk" to the folder of a JDK of version 22 or later: JAVA_HOME's, that of the PATH, or one under /usr/lib/jvm. Empty where
# there is none. A folder without a release file, such as / where /bin is /usr/bin, is none.
jdk=
for home in "${JAVA_HOME-}" "$(readlink -f "$(command -v java || true)" | sed 's|/bin/java$||')" /usr/lib/jvm/*; do
	[ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
	version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
	[ "${version:-0}" -ge 22 ] && jdk=$home && break
done
