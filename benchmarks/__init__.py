"""How fast is it, and beside what? `make bench`; docs/benchmarks.md says how to read the figures.

Every figure is a ratio of two things measured in turns within one run, so that a busy machine slows both alike.
"""
