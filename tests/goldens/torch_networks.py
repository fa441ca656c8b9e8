"""The zoo's networks in PyTorch, with the zoo's keys: `features.N` counts every layer (LRN, activation, pooling, dropout), `classifier.N`
likewise; flattening is no layer. Used by networks.py beside this file and by bench/peers."""
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self, features, classifier=()):
        super().__init__()
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(*classifier)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def conv(ic, oc, kernel, stride=1, padding=0, groups=1):
    return [nn.Conv2d(ic, oc, kernel, stride, padding, groups=groups), nn.ReLU()]


def norm():
    return nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0)


def pool(ceil=False):
    return nn.MaxPool2d(3, 2, ceil_mode=ceil)


def dense(inputs, hidden, classes, dropout=0.5):
    return [nn.Dropout(dropout), nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, classes)]


def lenet5(classes, activation="sigmoid", pooling="avg"):
    act = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU, "tanh": nn.Tanh}[activation]
    down = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[pooling]
    return Network(
        [nn.Conv2d(1, 6, 5, padding=2), act(), down(2, 2), nn.Conv2d(6, 16, 5), act(), down(2, 2)],
        [nn.Linear(16 * 5 * 5, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, classes)])


def alexnet(classes, groups=1, pad=2):
    """Krizhevsky et al. 2012, section 3.5: response normalisation after the ReLU of conv 1 and 2, pooling after it."""
    return Network(
        [*conv(3, 96, 11, 4, pad), norm(), pool(), *conv(96, 256, 5, 1, 2, groups), norm(), pool(),
         *conv(256, 384, 3, 1, 1), *conv(384, 384, 3, 1, 1, groups), *conv(384, 256, 3, 1, 1, groups), pool()],
        dense(256 * 6 * 6, 4096, classes))


def alexnet_half(classes):
    """One tower's widths, without response normalisation."""
    return Network(
        [*conv(3, 48, 11, 4, 2), pool(), *conv(48, 128, 5, 1, 2), pool(),
         *conv(128, 192, 3, 1, 1), *conv(192, 192, 3, 1, 1), *conv(192, 128, 3, 1, 1), pool()],
        dense(128 * 6 * 6, 2048, classes))


class TorchvisionAlexNet(Network):
    """torchvision's: adaptive pooling to 6x6 between the two parts (the identity at 224x224)."""

    def __init__(self, classes):
        super().__init__(
            [*conv(3, 64, 11, 4, 2), pool(), *conv(64, 192, 5, 1, 2), pool(),
             *conv(192, 384, 3, 1, 1), *conv(384, 256, 3, 1, 1), *conv(256, 256, 3, 1, 1), pool()],
            dense(256 * 6 * 6, 4096, classes))
        self.avgpool = nn.AdaptiveAvgPool2d(6)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def alexnet_cifar(classes):
    """torchvision's widths on 32x32: 7x7, pooled to 3x3, which stays."""
    return Network(
        [*conv(3, 64, 11, 4, 2), pool(), *conv(64, 192, 5, 1, 2),
         *conv(192, 384, 3, 1, 1), *conv(384, 256, 3, 1, 1), *conv(256, 256, 3, 1, 1)],
        dense(256 * 3 * 3, 4096, classes))


def alexnet_fashion(classes):
    """Dive into Deep Learning, section 8.1: dropout behind the ReLUs of the two hidden layers."""
    return Network(
        [*conv(1, 96, 11, 4, 1), pool(), *conv(96, 256, 5, 1, 2), pool(),
         *conv(256, 384, 3, 1, 1), *conv(384, 384, 3, 1, 1), *conv(384, 256, 3, 1, 1), pool()],
        [nn.Linear(256 * 5 * 5, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, classes)])


def mlpconv(ic, widths, kernel, stride=1, padding=0):
    """Lin et al. 2013: a convolution and two 1x1 convolutions, each with ReLU (the last one of the network too)."""
    layers, inputs = [], ic
    for k, width in enumerate(widths):
        layers += conv(inputs, width, *((kernel, stride, padding) if k == 0 else (1,)))
        inputs = width
    return layers


def nin_cifar(classes):
    """The authors' Caffe model; its pools round up: 32 -> 16 -> 8."""
    return Network(
        [*mlpconv(3, (192, 160, 96), 5, padding=2), pool(ceil=True), nn.Dropout(0.5),
         *mlpconv(96, (192, 192, 192), 5, padding=2), nn.AvgPool2d(3, 2, ceil_mode=True), nn.Dropout(0.5),
         *mlpconv(192, (192, 192, classes), 3, padding=1), nn.AdaptiveAvgPool2d(1)])


def nin(classes):
    """The authors' Caffe model; its pools round up: 54 -> 27 -> 13 -> 6."""
    return Network(
        [*mlpconv(3, (96, 96, 96), 11, 4), pool(ceil=True), *mlpconv(96, (256, 256, 256), 5, padding=2), pool(ceil=True),
         *mlpconv(256, (384, 384, 384), 3, padding=1), pool(ceil=True), nn.Dropout(0.5),
         *mlpconv(384, (1024, 1024, classes), 3, padding=1), nn.AdaptiveAvgPool2d(1)])


class ZeroPad(nn.Module):
    """He et al. 2015, option A: the subsampled identity between channels of zeros."""

    def __init__(self, more):
        super().__init__()
        self.more = more

    def forward(self, x):
        return nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))


class Block(nn.Module):
    def __init__(self, ic, oc, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(ic, oc, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(oc)
        self.conv2 = nn.Conv2d(oc, oc, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(oc)
        self.shortcut = ZeroPad(oc - ic) if stride > 1 else nn.Identity()

    def forward(self, x):
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(out + self.shortcut(x))


class ResNetCifar(nn.Module):
    """He et al. 2015, section 4.2: 6n + 2 layers."""

    def __init__(self, classes, n):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        stage = lambda ic, oc, stride: nn.Sequential(Block(ic, oc, stride), *[Block(oc, oc, 1) for _ in range(n - 1)])
        self.layer1, self.layer2, self.layer3 = stage(16, 16, 1), stage(16, 32, 2), stage(32, 64, 2)
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        out = self.layer3(self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x))))))
        return self.linear(out.mean((2, 3)))


class Unit(nn.Sequential):
    """A convolution with ReLU, and batch normalisation in place of its bias where `norm`."""

    def __init__(self, ic, oc, kernel, stride=1, norm=False):
        super().__init__()
        self.conv = nn.Conv2d(ic, oc, kernel, stride, kernel // 2, bias=not norm)
        if norm:
            self.bn = nn.BatchNorm2d(oc)
        self.relu = nn.ReLU()


class Inception(nn.Module):
    def __init__(self, norm, ic, one, three, five, pool):
        super().__init__()
        self.branch1 = Unit(ic, one, 1, norm=norm)
        self.branch2 = nn.Sequential(Unit(ic, three[0], 1, norm=norm), Unit(*three, 3, norm=norm))
        self.branch3 = nn.Sequential(Unit(ic, five[0], 1, norm=norm), Unit(*five, 5, norm=norm))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), Unit(ic, pool, 1, norm=norm))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class Auxiliary(nn.Module):
    def __init__(self, norm, ic, classes):
        super().__init__()
        self.conv = Unit(ic, 128, 1, norm=norm)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.fc2 = nn.Linear(1024, classes)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x):
        x = self.conv(nn.functional.avg_pool2d(x, 5, 3))
        return self.fc2(self.dropout(torch.relu(self.fc1(torch.flatten(x, 1)))))


class GoogLeNet(nn.Module):
    """Szegedy et al. 2014, table 1 and figure 3, with torchvision's names; in training the logits and those of the auxiliary classifiers."""

    def __init__(self, classes, norm):
        super().__init__()
        inception = lambda *widths: Inception(norm, *widths)
        response = lambda: nn.Identity() if norm else nn.LocalResponseNorm(5, 1e-4, 0.75, 1.0)
        self.stem = response(), response()
        self.conv1 = Unit(3, 64, 7, 2, norm)
        self.conv2 = Unit(64, 64, 1, norm=norm)
        self.conv3 = Unit(64, 192, 3, norm=norm)
        self.inception3a = inception(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = inception(256, 128, (128, 192), (32, 96), 64)
        self.inception4a = inception(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = inception(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = inception(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = inception(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = inception(528, 256, (160, 320), (32, 128), 128)
        self.inception5a = inception(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = inception(832, 384, (192, 384), (48, 128), 128)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(1024, classes)
        self.aux1 = Auxiliary(norm, 512, classes)
        self.aux2 = Auxiliary(norm, 528, classes)
        self.pool = pool(ceil=True)

    def fit(self, size):
        """Makes the auxiliary classifiers' first linear layers anew for images of another height and width."""
        pooled = (-(-size // 16) - 5) // 3 + 1
        for auxiliary in self.aux1, self.aux2:
            auxiliary.fc1 = nn.Linear(128 * pooled * pooled, 1024)

    def forward(self, x):
        x = self.stem[0](self.pool(self.conv1(x)))
        x = self.pool(self.stem[1](self.conv3(self.conv2(x))))
        x = self.inception4a(self.pool(self.inception3b(self.inception3a(x))))
        first = self.aux1(x) if self.training and self.aux1 else None
        x = self.inception4d(self.inception4c(self.inception4b(x)))
        second = self.aux2(x) if self.training and self.aux2 else None
        x = self.inception5b(self.inception5a(self.pool(self.inception4e(x))))
        x = self.fc(self.dropout(x.mean((2, 3))))
        return (x, second, first) if self.training and self.aux1 else x


def torchvision_googlenet(classes):
    """torchvision's, with the auxiliary classifiers at the end of its parameters, where the zoo has them."""
    network = torchvision_model("googlenet", classes, init_weights=False, aux_logits=True)
    for name in ("aux1", "aux2"):
        network._modules[name] = network._modules.pop(name)
    return network


def without_auxiliaries(network):
    """Without the auxiliary classifiers of a GoogLeNet; other networks have none."""
    if hasattr(network, "aux1"):
        network.aux1 = network.aux2 = None
        network.aux_logits = False
    return network


AUXILIARY_WEIGHT = 0.3


def loss_of(output, labels):
    """Cross entropy; of a network that gives several logits in training, with the auxiliary ones weighted as in GoogLeNet's paper."""
    if torch.is_tensor(output):
        return nn.functional.cross_entropy(output, labels)
    main, *auxiliaries = (nn.functional.cross_entropy(logits, labels) for logits in output)
    return main + AUXILIARY_WEIGHT * sum(auxiliaries)


def torchvision_model(name, classes, **options):
    import torchvision
    return getattr(torchvision.models, name)(num_classes=classes, **options)


def resnet18_cifar(classes):
    """torchvision's, with a 3x3 stem and no pooling behind it."""
    network = torchvision_model("resnet18", classes)
    network.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    network.maxpool = nn.Identity()
    return network


def densenet264(classes):
    """torchvision's class with the blocks of Huang et al. 2017, table 1; torchvision has no function for them."""
    import torchvision
    return torchvision.models.DenseNet(32, (6, 12, 64, 48), 64, num_classes=classes)


# name: (constructor, input [C, H, W], classes)
ZOO = {
    "lenet5": (lenet5, (1, 28, 28), 10),
    "alexnet": (alexnet, (3, 224, 224), 1000),
    "alexnet-2gpu": (lambda classes: alexnet(classes, groups=2, pad=0), (3, 227, 227), 1000),
    "alexnet-half": (alexnet_half, (3, 224, 224), 1000),
    "alexnet-torchvision": (TorchvisionAlexNet, (3, 224, 224), 1000),
    "alexnet-cifar": (alexnet_cifar, (3, 32, 32), 10),
    "alexnet-fashion": (alexnet_fashion, (1, 224, 224), 10),
    "nin-cifar": (nin_cifar, (3, 32, 32), 10),
    "nin": (nin, (3, 224, 224), 1000),
    "vgg16": (lambda classes: torchvision_model("vgg16", classes, init_weights=False), (3, 224, 224), 1000),
    "googlenet": (lambda classes: GoogLeNet(classes, norm=False), (3, 224, 224), 1000),
    "googlenet-bn": (lambda classes: GoogLeNet(classes, norm=True), (3, 224, 224), 1000),
    "googlenet-torchvision": (torchvision_googlenet, (3, 224, 224), 1000),
    "resnet18": (lambda classes: torchvision_model("resnet18", classes), (3, 224, 224), 1000),
    "resnet18-cifar": (resnet18_cifar, (3, 32, 32), 10),
    "resnet20-cifar": (lambda classes: ResNetCifar(classes, 3), (3, 32, 32), 10),
    "resnet56-cifar": (lambda classes: ResNetCifar(classes, 9), (3, 32, 32), 10),
    "squeezenet1_0": (lambda classes: torchvision_model("squeezenet1_0", classes), (3, 224, 224), 1000),
    "densenet121": (lambda classes: torchvision_model("densenet121", classes), (3, 224, 224), 1000),
    "densenet169": (lambda classes: torchvision_model("densenet169", classes), (3, 224, 224), 1000),
    "densenet201": (lambda classes: torchvision_model("densenet201", classes), (3, 224, 224), 1000),
    "densenet264": (densenet264, (3, 224, 224), 1000),
}


def build(name, classes=None, **options):
    """The network and its input shape."""
    constructor, shape, default = ZOO[name]
    return constructor(classes or default, **options), shape


def without_dropout(network):
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return network
