"""The puller on the PC: a consistent copy of the Pi's database every minute, over rsync and SSH, published by links.

Imports nothing of the other packages.
"""
