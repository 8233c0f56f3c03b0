"""How the shipped networks were made. A module has ``train``, which writes weights and card, and ``score``."""
