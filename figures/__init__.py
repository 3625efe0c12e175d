"""One module a figure, one figure a claim: ``compute`` returns data, ``draw`` only draws them."""
