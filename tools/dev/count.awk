# From ctest's report and those of the GoogleTest programs in `reports`: how many single tests passed and failed.
# A program without a report is one test; one that failed though its report says otherwise (a crash) is one failure.
function attribute(line, name) {
  if (!match(line, " " name "=\"[^\"]*\"")) return ""
  return substr(line, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
}

/^[ \t]*<testcase name=/ {
  status = attribute($0, "status")
  tests = bad = idle = 0
  file = reports "/" attribute($0, "name") ".xml"
  while ((getline line < file) > 0) {
    if (line ~ /^ *<testsuite name=/) {
      tests += attribute(line, "tests")
      bad += attribute(line, "failures") + attribute(line, "errors")
      idle += attribute(line, "disabled") + attribute(line, "skipped")
    }
  }
  close(file)
  if (tests == 0) tests = 1
  if (status != "run" && bad == 0) bad = 1
  if (bad + idle > tests) tests = bad + idle
  passed += tests - bad - idle
  failed += bad
  skipped += idle
}

END {
  if (skipped) printf "%d skipped\n", skipped
  printf "%d passed, %d failed\n", passed, failed
  exit (failed > 0 || passed == 0)
}
