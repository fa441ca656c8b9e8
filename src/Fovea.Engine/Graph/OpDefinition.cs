namespace Fovea.Engine;

/// <summary>
/// The descriptive half of an op: hyperparameters, shapes, parameters, arithmetic. Immutable; knows neither batch nor backend.
/// Ops derive from Op (in Backends), which adds the compulsory kernels.
/// </summary>
public abstract class OpDefinition
{
    /// <summary>The op's name as PyTorch writes it: "Conv2d".</summary>
    public abstract string Name { get; }

    /// <summary>The hyperparameters in a few words for summaries and errors: "96, 11x11, stride 4, padding 2". Empty where there are none.</summary>
    public virtual string Details => "";

    /// <summary>The shape of the result for one sample.</summary>
    /// <param name="inputs">Shapes of the inputs, in the order of the node's inputs.</param>
    /// <exception cref="ShapeException">The op cannot take these shapes.</exception>
    public abstract TensorShape Infer(IReadOnlyList<TensorShape> inputs);

    /// <summary>The parameters that the op needs on these inputs; none by default.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs) => [];

    /// <summary>Multiply-accumulate operations of one forward pass of one sample; 0 by default (only convolutions and linear layers are counted).</summary>
    public virtual long Macs(IReadOnlyList<TensorShape> inputs, TensorShape output) => 0;

    /// <summary>The op's sliding windows (vertical, horizontal), for receptive fields and explanations; null where it has none.</summary>
    public virtual (Window Vertical, Window Horizontal)? Windows(TensorShape input) => null;

    /// <summary>
    /// True where each pixel of the result is one and the same linear map of the source's pixel in that place, plus a constant: a 1x1 convolution. Such a map of a mean is the
    /// mean of the maps, which plans make use of.
    /// </summary>
    public virtual bool IsPointwiseMap => false;

    /// <summary>True where each pixel of the result is a mean of pixels of its channel, with weights that add up to 1.</summary>
    public virtual bool IsMean => false;
}
