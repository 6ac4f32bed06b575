"""Storms: events of successive maps that are one and the same, what they are like, and scores."""
