namespace Fovea.Engine.Planning;

/// <summary>The backward pass of one layer as its op's kernels see it.</summary>
public sealed class BackwardLowering : LoweringContext
{
    internal BackwardLowering(PlanCompiler compiler, Layer layer) : base(compiler, layer)
    {
    }

    /// <summary>The gradient of the layer's result, as it lies.</summary>
    public Value DiffDst => Compiler.GradientOf(Layer.Index);

    /// <summary>The layer's result; where it was not kept, it is computed again.</summary>
    public Value Result => Compiler.ValueOf(Layer.Index);

    /// <summary>The same where the layer asked for it in parts: the gradient is their sum.</summary>
    public (Value First, Value? Second) DiffDstParts => Compiler.GradientParts(Layer.Index);

    /// <summary>A part of the gradient in the layout that a kernel wants.</summary>
    public Buffer PartIn(Value part, Layout layout) => Compiler.InLayout(this, part, layout, BufferKind.ActivationGradient);

    /// <summary>Gives the gradient of the result to the first input as it is.</summary>
    public void HandOn() => Compiler.HandGradientOn(this, Layer.Inputs[0]);

    /// <summary>The gradient of the layer's result in the layout that a kernel wants.</summary>
    public Buffer DiffDstIn(Layout layout) => Compiler.GradientInLayout(this, Layer.Index, layout);

    /// <summary>True where the gradient of input <paramref name="index"/> is needed.</summary>
    public bool WantsInputGradient(int index) => Compiler.WantsGradient(Layer.Inputs[index]);

    /// <summary>Gives the gradient of input <paramref name="index"/>; where several layers read that input, the gradients are added.</summary>
    public void DiffSrc(int index, Buffer buffer, Layout layout) => Compiler.AddGradient(this, Layer.Inputs[index], new Value(buffer, layout));

    /// <summary>
    /// The gradient of input <paramref name="index"/> so far, if its memory may be written: nobody else holds it. A kernel that adds its share there need not give it to
    /// <see cref="DiffSrc"/>.
    /// </summary>
    /// <returns>Null where there is none yet, or where it is not this input's alone.</returns>
    public Value? GradientToAddTo(int index) => Compiler.OwnGradient(Layer, Layer.Inputs[index]);

    /// <summary>True where a parameter may follow its gradient piece by piece (<see cref="UpdatePiece"/>): nobody needs the whole of it at once.</summary>
    public bool MayUpdateInPieces => Compiler.Updates.InPieces;

    /// <summary>Updates the piece of a parameter that begins at value <paramref name="first"/> from its part of the gradient; all pieces together make the parameter.</summary>
    public void UpdatePiece(Parameter parameter, Buffer gradient, long first) => Compiler.Updates.UpdatePiece(Layer, parameter, gradient, first);

    /// <summary>Memory for a parameter's gradient in the master's order; its update follows the layer's backward steps.</summary>
    public Buffer Gradient(Parameter parameter) => Compiler.GradientFor(this, parameter);
}
