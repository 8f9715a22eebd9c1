"""What measures compute. Operations import it in their bodies: it needs numpy."""
