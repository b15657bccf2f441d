"""The puller on the PC: a consistent copy of the Pi's database every minute, over rsync and SSH, published by links.

Of the other packages it imports `background` alone, which lets it run by itself.
"""
