using Fovea.Kernels;

namespace Fovea.Engine;

/// <summary>An op cannot take the shape that it was given. The graph adds which layer it is and which input sizes would work.</summary>
public sealed class ShapeException : FoveaException
{
    /// <summary>What was got and what was expected, without the layer's name.</summary>
    public ShapeException(string message) : base(message)
    {
    }
}
