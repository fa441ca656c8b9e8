using Fovea.Engine;
using Fovea.Engine.Ops;

namespace Fovea.Models.Networks;

/// <summary>NiN's layer (Lin, Chen and Yan 2013, section 3.1): a convolution, then two 1x1 convolutions, a small perceptron at every pixel.</summary>
internal static class MlpConvNode
{
    /// <summary>A k x k and two 1x1 convolutions, each with ReLU.</summary>
    public static Node MlpConv(this Node src, (int First, int Second, int Third) widths, int kernel, int stride = 1, int padding = 0) => src
        .Conv2d(widths.First, kernel, stride, padding).ReLU()
        .Conv2d(widths.Second, 1).ReLU()
        .Conv2d(widths.Third, 1).ReLU();
}
