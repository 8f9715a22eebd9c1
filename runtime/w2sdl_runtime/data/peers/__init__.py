"""How the code that was released with weak-to-strong papers makes items: their texts, coins and order."""
