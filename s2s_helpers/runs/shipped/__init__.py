"""How the shipped networks were made: one module each, with ``train``, which writes weights and card, and ``score``."""
