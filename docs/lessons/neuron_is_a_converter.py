"""
A neuron is a converter
=======================
Soon.
"""

print(1)
