"""What refiners of labels share. Operations import it in their bodies: it needs numpy."""
