"""Chess endings of few men: positions with one mating move, and text to pretrain on."""
