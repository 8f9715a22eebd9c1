"""Numbers with a fixed count of decimals, the same wherever one is shown."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

#: From here on the last of twelve decimals is beyond what a float holds.
_LARGE = 1e12


def fixed(value: float, digits: int) -> str:
    """``value`` with ``digits`` decimals and a plain minus sign; no "-0.0".

    Means formed in another order differ in their last bits, so twelve decimals count. Ties go to the even
    digit of the number as it is written: 0.0075 is 0.008, as 0.75 is 0.8, though the float nearest to the
    first lies below it. A share and the same in per cent so never differ by a digit.
    """
    value = float(value)
    if not math.isfinite(value) or abs(value) >= _LARGE:
        return f"{value:.{digits}f}"
    exact = Decimal(repr(round(value, 12)))
    text = f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN):f}"
    return text.lstrip("-") if float(text) == 0 else text
