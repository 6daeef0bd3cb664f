#!/usr/bin/env python3
"""Counts the test cases of a run of ctest, and says which were skipped and why.

usage: summary.py RESULTS.xml        (what ctest writes with --output-junit)

A ctest is one program or one file of tests, with many cases in it. A program of unit tests says
"cases: 3 passed, 0 failed, 1 skipped" and, for each case that was skipped, "skipped: CASE: REASON";
a file of bats prints TAP, "ok 1 name # skip reason". Any other ctest counts as one case. The last
line is "N passed, N failed, N skipped"; the status is 1 when something failed or nothing ran.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

CASES = re.compile(r"^cases: (\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
TAP = re.compile(r"^(not ok|ok) \d+ (.*?)(?: # skip(?:ped)? ?\(?(.*?)\)?)?(?: in \d+ms)?$",
                 re.MULTILINE)
SAID = re.compile(r"^(?:skipped|in part): (.*)$", re.MULTILINE)


class Count:
    """What happened to the cases, and the words about those that were skipped."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.reasons = []

    def add(self, passed, failed, skipped):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def add_test(self, name, status, output):
        """One ctest: `status` is "run", "fail" or ctest's word for a test that was not run."""
        self.reasons += [f"{name}: {words}" for words in SAID.findall(output)]
        cases = CASES.search(output)
        tap = TAP.findall(output)
        if cases:
            passed, failed, skipped = map(int, cases.groups())
            # A program that ended badly after its last case, or in one, has failed as well.
            self.add(passed, failed or status == "fail", skipped)
        elif tap:
            failed = sum(1 for result, _, _ in tap if result == "not ok")
            skipped = [(case, why) for result, case, why in tap if result == "ok" and why]
            self.reasons += [f"{name}: {case}: {why}" for case, why in skipped]
            self.add(len(tap) - failed - len(skipped), failed or status == "fail", len(skipped))
        elif status == "run":
            self.add(1, 0, 0)
        elif status == "fail":
            self.add(0, 1, 0)
        else:
            self.add(0, 0, 1)


def main(path):
    count = Count()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        count.add_test(case.get("name"), case.get("status"), case.findtext("system-out") or "")
    for words in sorted(set(count.reasons)):
        print(f"skipped: {words}")
    print(f"\n{count.passed} passed, {int(count.failed)} failed, {count.skipped} skipped")
    return 0 if count.failed == 0 and count.passed + count.skipped > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
