"""Operations: one file each."""
