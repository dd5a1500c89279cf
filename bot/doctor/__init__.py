"""Tries an address, and proposes how to follow it: the kind of feed, its selectors, how often.

    address -visiting-> document -looking-> feed  -feeding-> proposals -> the best first
                                         `> page  -paging -> proposals, the feeds it names
    the best one's first item -inside-> is its text found, its date?      what failed -advice-> what one can do

Everything but the visiting is pure. Documents come from strangers, and are read in `workers`.
"""

from bot.doctor.findings import Diagnosis, Inside, Proposal, Tried
from bot.doctor.visiting import diagnose

__all__ = ["Diagnosis", "Inside", "Proposal", "Tried", "diagnose"]
