"""`make bench`: every benchmark, one after the other, each beside its peer in the same run."""

import runpy

BENCHMARKS = (
    "benchmarks.sky",
    "benchmarks.twin",
    "benchmarks.camera",
    "benchmarks.together",
    "benchmarks.load",
    "benchmarks.page",
    "benchmarks.footprint",
    "benchmarks.storage",
    "benchmarks.storage_ledger",
)

for name in BENCHMARKS:
    print(f"== {name} ==", flush=True)
    runpy.run_module(name, run_name="__main__")
