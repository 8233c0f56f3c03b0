import torch

from s2s_helpers.data.parts import onehot
from s2s_helpers.nets.class_conditional import CLASSES, NOISE, Discriminator, Generator, make

c = onehot(torch.arange(CLASSES))


def test_generator_heeds_noise_and_class():
    net, z = Generator().eval(), torch.randn(CLASSES, NOISE)
    x = net(z, c)
    assert x.shape == (CLASSES, 3, 16, 16) and 0 <= x.min() and x.max() <= 1
    assert not torch.equal(x, net(z, c.roll(1, dims=0)))
    assert not torch.equal(x, net(z.roll(1, dims=0), c))
    assert torch.equal(make(net, z, 2), net(z, c[[2] * CLASSES]))


def test_the_class_chooses_the_score_that_counts():
    x = torch.rand(1, 3, 16, 16).expand(CLASSES, -1, -1, -1)
    seeing, blind = Discriminator().eval(), Discriminator(conditional=False).eval()
    assert len(set(seeing(c, x).tolist())) == CLASSES
    blind.load_state_dict(seeing.state_dict())
    assert torch.allclose(blind(c, x), seeing(c, x).mean().expand(CLASSES))
