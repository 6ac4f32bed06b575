"""What the paper asks of its graphs: equivariance errors, kernel widths, spectra."""
