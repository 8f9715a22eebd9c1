"""Messages of the rules of validity (W2S06xx): what makes a weak-to-strong experiment invalid."""

from __future__ import annotations

RULES: dict[str, str] = {
    "student_gold": "W2S0601",
    "test_teaches": "W2S0602",
    "self_marking": "W2S0603",
    "two_yardsticks": "W2S0604",
    "unfair_ceiling": "W2S0605",
    "telling_debate": "W2S0606",
    "no_gap": "W2S0607",
    "shared_rows": "W2S0608",
}
