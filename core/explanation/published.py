"""What the paper of COSE prints, to stand beside figures of one's own."""

AUTHORS = "Daroya, Sun and Maji, COSE (ICCV workshops 2023)"
ADDRESS = "https://arxiv.org/abs/2309.10989"
# In percent, over five data sets and its models, among them CUB-200-2011.
METHODS = {
    "gradcam": 64.66,
    "blurig": 63.23,
    "integrated-gradients": 61.33,
    "lime": 60.11,
    "smoothgrad": 57.94,
    "guided-ig": 54.73,
    "gradcam++": 54.59,
}
# In percent, over its methods.
MODELS = {"ViT-B/16": 62.8, "Swin-T": 60.6, "ConvNeXt": 60.0, "ResNet-50": 54.1}
