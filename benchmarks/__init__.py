"""Measurements that take minutes and need ../shared: run by hand, never with the tests."""
