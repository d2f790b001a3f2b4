# The rules that the compiler does not check, one "file:line: message" for each place that breaks one.
# Reads the Swift files under Sources, and for secrets those under Tests. -v direct holds "TARGET MODULE" lines: the dependencies in Package.swift.

BEGIN {
  count = split(direct, pairs, "\n")
  for (i = 1; i <= count; i++) depends[pairs[i]] = 1

  # Each C module has one target that wraps it, libcrypto two: digests of content, and HMAC.
  wrapper["CCurl"] = "HTTPClient"
  wrapper["CYAML"] = "YAML"
  wrapper["CCrypto"] = "Registry StatusServer"
  wrapper["CMicroHTTPD"] = "StatusServer"
  wrapper["CLinux"] = "LinuxSystem"

  # As an argument, in JSON, in a field. SECRET marks what a test replaces by one.
  literal_secret = "(password|identityToken|registryToken|[sS]ecret|identitytoken|registrytoken|access_token|token)\\\\?\"?: *\\\\?\"[^$\"\\\\]" \
    "|[^A-Za-z](Bearer|Basic) [A-Za-z0-9+/]+[=\"]"

  count = split("Reconciler Registry GitCheckout StatusServer tagkeeper", names, " ")
  for (i = 1; i <= count; i++) reads_files[names[i]] = 1
}

# The end of a run's output and of each deployment's files is searched for what testSecret() makes.
FILENAME ~ /^Tests\// {
  if ($0 ~ literal_secret && $0 !~ /SECRET|testSecret\(|realm=/) complain("a password or token of a test is made by testSecret()")
  next
}

FNR == 1 { closing = ""; split(FILENAME, folders, "/"); target = folders[2] }

{
  code = code_of($0)
  if (code ~ /(^|[^A-Za-z0-9_])import[ \t]/) check_import(code)
  check_access(code)
  check_escape(code, "@unchecked[ \t]+Sendable", "@unchecked Sendable")
  check_escape(code, "nonisolated\\(unsafe\\)", "nonisolated(unsafe)")
  check_escape(code, "(^|[^A-Za-z0-9_])try!", "try!")
  check_escape(code, "(^|[^A-Za-z0-9_.])fatalError[ \t]*\\(", "fatalError")
}

function complain(message) { print FILENAME ":" FNR ": " message }

# The line without its comments and what its string literals say; sets `reason` to a // comment's text.
# `closing` is the delimiter that ends the literal or comment that a line stands in, "" in code.
function code_of(line,    out, at, rest) {
  reason = ""
  out = ""
  if (closing == "\"" || closing ~ /^"#+$/) closing = ""  # an unfinished one-line literal: misread, start afresh
  while (line != "") {
    if (closing != "") {
      at = end_of(line)
      if (at == 0) return out
      line = substr(line, at + length(closing))
      closing = ""
      continue
    }
    if (!match(line, /#*"|\/\/|\/\*/)) return out line
    out = out substr(line, 1, RSTART - 1)
    rest = substr(line, RSTART + RLENGTH)
    closing = substr(line, RSTART, RLENGTH)
    if (closing == "//") { reason = rest; closing = ""; return out }
    if (closing == "/*") closing = "*/"
    else {
      sub(/"$/, "", closing)  # the hashes of a raw literal stand on its other side at the end
      if (substr(rest, 1, 2) == "\"\"") { rest = substr(rest, 3); closing = "\"\"\"" closing }
      else closing = "\"" closing
    }
    line = rest
  }
  return out
}

# Where `closing` stands in the text, past escapes; 0 if it is not there.
function end_of(text,    skipped) {
  if (closing !~ /^"+$/) return index(text, closing)
  skipped = 0
  while (match(text, /\\|"/)) {
    if (substr(text, RSTART, length(closing)) == closing) return skipped + RSTART
    RLENGTH = substr(text, RSTART, 1) == "\\" ? 2 : 1
    skipped += RSTART + RLENGTH - 1
    text = substr(text, RSTART + RLENGTH)
  }
  return 0
}

function check_access(code) {
  if (code ~ /(^|[^A-Za-z0-9_.`])public([^A-Za-z0-9_:`]|$)/ \
    || code ~ /(^|[^A-Za-z0-9_.`])open(\(set\))?[ \t]+(final|class|func|var|subscript|override|static|lazy|weak)[ \t]/)
    complain("public and open stand nowhere: nothing is vended, write package")
}

function check_escape(code, pattern, name) {
  if (code ~ pattern && reason !~ /[A-Za-z]/) complain(name " needs its reason in a // comment on the same line")
}

function check_import(code,    access, fault) {
  access = "internal"
  gsub(/[ \t]+/, " ", code)
  sub(/^ /, "", code)
  if (code ~ /@_exported/) complain("an import is never re-exported")
  while (match(code, /^(@[A-Za-z_]+(\([^)]*\))?|package|public|internal|private|fileprivate) /)) {
    if (code !~ /^@/) access = substr(code, 1, RLENGTH - 1)
    code = substr(code, RLENGTH + 1)
  }
  if (!sub(/^import /, "", code)) return
  sub(/^(struct|class|enum|protocol|func|var|let|typealias|actor|macro) /, "", code)
  sub(/[ .;].*$/, "", code)
  fault = import_fault(code, access)
  if (fault != "") complain("import " code ": " fault)
}

# What forbids `target` this import, "" if nothing does.
function import_fault(module, access) {
  if (module ~ /^(Foundation|FoundationNetworking|FoundationXML|Dispatch)$/) return "no target imports " module
  if (module in wrapper) {
    if (index(" " wrapper[module] " ", " " target " ") == 0) return "only " wrapper[module] " wraps it"
    if (access == "package" || access == "public") return "a C module is imported internally"
  }
  if (target ~ /^(Model|Planning)$/ && !((target " " module) in depends)) return target " does no I/O: no system module, only its dependencies"
  if (module == "Glibc" || module == "Synchronization") return ""
  if (module == "FoundationEssentials")
    return (target in reads_files) ? "" : "only Reconciler, Registry, GitCheckout, StatusServer and tagkeeper read JSON or files"
  if (target ~ /^(GitCheckout|Registry|StatusServer)$/ && module ~ /^(GitCheckout|Registry|StatusServer)$/)
    return "GitCheckout, Registry and StatusServer never import one another"
  if (target == "Reconciler" && module !~ /^(Model|Planning|JSONOutput)$/)
    return "Reconciler sees Model, Planning, JSONOutput and its own protocols"
  if (!((target " " module) in depends)) return "no direct dependency of " target " in Package.swift"
  return ""
}
