"""Checks that go on after a difference. Each has a name, by which a known gap may excuse it; verdict() prints what is left."""
import collections
import re


class Checks:
    def __init__(self):
        self.differences, self.checks = [], 0

    def equal(self, name, found, expected):
        self.checks += 1
        if found != expected:
            self.differences.append((name, 'is %r, should be %r' % (found, expected)))

    def verdict(self, title, gaps):
        """gaps: a pattern for names and the reason, each; one that covers nothing any more is named. Gives the exit code."""
        excused = collections.Counter()
        failures = []
        for name, text in self.differences:
            gap = next((g for g in gaps if re.match(g[0], name)), None)
            if gap:
                excused[gap] += 1
            else:
                failures.append('%s %s' % (name, text))
        for gap in gaps:
            print('known gap: %s: %s (%s)' % (gap[0], gap[1], '%d checks' % excused[gap] if excused[gap] else 'CLOSED: remove it'))
        for failure in failures:
            print('FAIL ' + failure)
        print('%s: %d checks, %d failures, %d excused by %d known gaps' % (title, self.checks, len(failures), sum(excused.values()), len(gaps)))
        return 1 if failures else 0
