"""exp, log, sin and cos that give the same bits on every IEEE 754 machine.

numpy's own versions call vector kernels chosen by the features of the CPU, and these differ
in the last bit; a weather simulated twice would then differ in a label once in a while. The
functions here use only +, −, × and comparisons, each correctly rounded by the standard.
Accuracy is a few units in the last place (Cephes-style range reduction, Moshier 1989).
"""

import numpy as np

LN2_HIGH = 0.693145751953125  # 16 bits, so that its product with a small integer is exact
LN2_LOW = 1.42860682030941723212e-6
HALF_PI_HIGH = 1.57079625129699707031  # 26 bits
HALF_PI_LOW = 7.54978995489188e-8
SIN_TERMS = [1 / float(k * (k + 1)) for k in range(16, 1, -2)]
COS_TERMS = [1 / float(k * (k + 1)) for k in range(15, 0, -2)]


def _exp(x):
    """Return exp by its Taylor series, slowly; makes the table of :func:`exp`."""
    power = np.floor(x * 1.4426950408889634 + 0.5)
    rest = (x - power * LN2_HIGH) - power * LN2_LOW
    series = np.ones_like(rest)
    for k in range(14, 0, -1):
        series = 1.0 + rest * series / k
    return np.ldexp(series, power.astype(np.int32))


TABLE_SIZE = 64
POWERS_OF_TWO = _exp(np.arange(TABLE_SIZE) * (0.6931471805599453 / TABLE_SIZE))


def exp(x):
    """Return e to the power of ``x`` ≤ 700; below −700 the result is that of −700 (1e-304)."""
    x = np.clip(x, -700.0, 700.0)
    nearest = np.floor(x * (1.4426950408889634 * TABLE_SIZE) + 0.5)
    rest = x - nearest * (LN2_HIGH / TABLE_SIZE)
    rest -= nearest * (LN2_LOW / TABLE_SIZE)
    series = rest * (1 / 120)
    for term in (1 / 24, 1 / 6, 1 / 2, 1.0):
        series += term
        series *= rest
    series += 1.0
    index = nearest.astype(np.int64)
    series *= POWERS_OF_TWO[index % TABLE_SIZE]
    return np.ldexp(series, (index // TABLE_SIZE).astype(np.int32))


def log(x):
    """Return the natural logarithm of ``x`` > 0."""
    mantissa, power = np.frexp(np.asarray(x, dtype=np.float64))
    low = mantissa < 0.7071067811865476
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    power = np.where(low, power - 1, power)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = np.full_like(ratio, 1 / 21)
    for odd in range(19, 0, -2):
        series = 1 / odd + square * series
    return power * LN2_HIGH + (power * LN2_LOW + 2.0 * ratio * series)


def sin_cos(x):
    """Return sine and cosine of ``x`` in radians, for |x| below about 10 000."""
    x = np.asarray(x, dtype=np.float64)
    quarter = np.floor(x * 0.6366197723675814 + 0.5)
    rest = (x - quarter * HALF_PI_HIGH) - quarter * HALF_PI_LOW
    square = rest * rest
    sine = np.ones_like(rest)
    for factor in SIN_TERMS:
        sine = 1.0 - square * factor * sine
    sine = rest * sine
    cosine = np.ones_like(rest)
    for factor in COS_TERMS:
        cosine = 1.0 - square * factor * cosine
    quarter = quarter.astype(np.int64) % 4
    swap = quarter % 2 == 1
    s, c = np.where(swap, cosine, sine), np.where(swap, sine, cosine)
    return np.where(quarter >= 2, -s, s), np.where((quarter == 1) | (quarter == 2), -c, c)


def sin(x):
    """Return the sine of ``x`` (radians)."""
    return sin_cos(x)[0]


def cos(x):
    """Return the cosine of ``x`` (radians)."""
    return sin_cos(x)[1]


def bump(x):
    """Return the Gaussian exp(−x²/2)."""
    return exp(-0.5 * x * x)


def smooth_step(x):
    """Return the cubic that rises from 0 at x ≤ 0 to 1 at x ≥ 1."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
