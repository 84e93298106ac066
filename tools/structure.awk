# The work of tools/structure: reads tools/structure.rules, then every file of the tree. Plain awk (mawk has no {n,m}).

function wrong(where, what) {
  print where ": " what
  violations++
}

# "src/log/index.hpp" -> "src/log"; "adapters/kafka/x.cpp" -> "adapters"; "include/daybook/port/x.hpp" -> "include/daybook"
function part_of(path, pieces) {
  if (path !~ /\//) return ""
  split(path, pieces, "/")
  return pieces[1] == "src" || pieces[1] == "include" ? pieces[1] "/" pieces[2] : pieces[1]
}

function is_code(path) { return path ~ /\.(cpp|hpp)$/ }
function is_test(path) { return path ~ /_test\.cpp$/ || path ~ /\/test_[a-z_]+\.hpp$/ }

# Whether the file before this one was sound as a whole.
function finish() {
  if (file == "") return
  if (lines > kMaxLines && !(file in long_file))
    wrong(file, lines " lines; the limit is " kMaxLines " (split it, or add a `long` line with the reason to tools/structure.rules)")
  if (file in long_file && lines <= kMaxLines) wrong("tools/structure.rules", file " is not long any more: remove its line")
  if (file ~ /\.hpp$/ && !pragma) wrong(file, "no #pragma once")
  if (file ~ /\.hpp$/ && !comment) wrong(file, "does not begin with a comment that says what it is")
}

function begin_file() {
  finish()
  file = FILENAME
  sub(/^\.\//, "", file)
  part = part_of(file)
  pragma = comment = lines = 0
  seen[file] = 1
  if (is_code(file) && !(part in allowed)) wrong(file, "its folder '" part "' is not in tools/structure.rules")
}

# An #include "..." against the arrows.
function check_quoted(path, target, pieces) {
  if (path ~ /\.\./) { wrong(at, "includes \"" path "\": by its name from src/ or include/, not by a way up"); return }
  if (path !~ /\//) return  # a file of the same folder
  split(path, pieces, "/")
  target = pieces[1] == "daybook" ? "language" : pieces[1]
  if (target == "language" && part == "include/daybook") return
  if (part == "src/" target || part == target) return
  if (target != "language" && !(("src/" target) in allowed) && !(target in allowed)) {
    if (part == "examples") return  # a folder of that example's own
    wrong(at, "includes \"" path "\": there is no part '" target "'; a library's header is included with <>")
    return
  }
  if (index(" " allowed[part] " ", " " target " ")) return
  wrong(at, part " may not include " target " (\"" path "\"); it may include: " (allowed[part] == "" ? "nothing of ours" : allowed[part]))
}

function check_include(path) {
  if (is_test(file) || allowed[part] == "*") return
  if ($0 ~ /#[ \t]*include[ \t]*"/ || path ~ /^daybook\//) { check_quoted(path); return }
  # The language is pure: the standard library, and Boost.PFR for the fields of a struct.
  if (part == "include/daybook" && path !~ /^[a-z_]+$/ && path !~ /^boost\/pfr/)
    wrong(at, "include/daybook may include the standard library and boost/pfr, not <" path ">")
}

BEGIN {
  kMaxLines = 400
  kLeftover = "(^|[^A-Za-z_])(TO" "DO|FIX" "ME|XX" "X|HA" "CK)([^A-Za-z_]|$)"
  kMachinePath = "(^|[^A-Za-z0-9_.})])/(home|root|work|Users)/"
}

FNR == 1 && NR != 1 { begin_file() }

# The first file: the rules.
NR == FNR {
  if ($1 == "part") {
    rule = $0
    name = $2
    sub(/:$/, "", name)
    list = $0
    sub(/^[^:]*: */, "", list)
    allowed[name] = list
    quoted[rule] = 0
  } else if ($1 == "threads") {
    threads[$2] = 1
  } else if ($1 == "elsewhere") {
    if (NF < 3) wrong(FILENAME ":" FNR, "tests elsewhere need a word on where")
    has_test[$2] = 1
  } else if ($1 == "long") {
    if (NF < 4) wrong(FILENAME ":" FNR, "a long file needs a reason")
    long_file[$2] = 1
  } else if ($0 !~ /^(#|$)/) {
    wrong(FILENAME ":" FNR, "not a rule: '" $0 "'; there are part, threads, elsewhere and long")
  }
  next
}

{
  lines++
  at = file ":" FNR
}

FNR == 1 && /^\/\/ ./ { comment = 1 }
/^#pragma once$/ { pragma = 1 }

$0 ~ kLeftover { wrong(at, "left for later: finish it, or write down in ARCHITECTURE.md what is missing") }
$0 ~ kMachinePath { wrong(at, "names a path of one machine") }

file == "ARCHITECTURE.md" {
  rule = $0
  sub(/^ */, "", rule)
  if (rule in quoted) quoted[rule] = 1
}

is_code(file) && match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*[>"]/) {
  path = substr($0, RSTART, RLENGTH)
  sub(/^[^<"]*[<"]/, "", path)
  sub(/[>"]$/, "", path)
  check_include(path)
}

is_code(file) && !is_test(file) && !(part in threads) && /std::(j?thread|async)[^_A-Za-z:]|pthread_create/ {
  code = $0
  sub(/\/\/.*/, "", code)
  if (code ~ /std::(j?thread|async)[^_A-Za-z:]|pthread_create/)
    wrong(at, part " begins a thread; threads begin in src/runtime")
}

END {
  finish()
  for (name in long_file) if (!(name in seen)) wrong("tools/structure.rules", "'long " name "': no such file")
  for (rule in quoted) if (!quoted[rule]) wrong("ARCHITECTURE.md", "does not quote the rule '" rule "'")
  # Tests stand beside their sources.
  for (path in seen) {
    if (!is_code(path)) continue
    code_files++
    if (path !~ /^src\//) continue
    folder = path
    sub(/\/[^\/]*$/, "", folder)
    if (is_test(path)) has_test[folder] = 1
    else if (path ~ /\.cpp$/) has_source[folder] = 1
  }
  for (folder in has_source) if (!(folder in has_test)) wrong(folder, "has sources and no test beside them")

  for (i = 2; i < ARGC; i++) if (!(ARGV[i] in seen)) wrong(ARGV[i], "is empty")

  if (code_files == 0) wrong(".", "no sources found")
  printf "%d sources, %d violations\n", code_files, violations
  exit violations > 0
}
