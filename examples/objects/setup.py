"""Build the objects example; everything is said in setup.cfg."""

from setuptools import setup

setup()
