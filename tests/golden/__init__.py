"""Journals as an older pithead wrote them, and what each of them gives: none of it may change by chance."""
