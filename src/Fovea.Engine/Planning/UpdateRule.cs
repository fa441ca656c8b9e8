namespace Fovea.Engine.Planning;

/// <summary>How a parameter follows its gradient: what an optimizer is to a plan.</summary>
public abstract class UpdateRule
{
    /// <summary>The optimizer's name for reports: "sgd".</summary>
    public abstract string Name { get; }

    /// <summary>Names of the float32 buffers that the rule keeps for each parameter, each of the parameter's size: "momentum_buffer".</summary>
    public abstract IReadOnlyList<string> States { get; }

    /// <summary>
    /// True where <see cref="Apply"/> also writes <see cref="Parameter.HalfData"/> (where it is not empty) from the new values, in the same pass. False by default: the
    /// plan then rounds them in a pass of its own.
    /// </summary>
    public virtual bool WritesHalf => false;

    /// <summary>True where the rule keeps the state of this index for <paramref name="parameter"/>, so that it is saved; by default for each that is trained.</summary>
    /// <param name="state">Index into <see cref="States"/>.</param>
    /// <param name="parameter">The parameter.</param>
    public virtual bool Keeps(int state, Parameter parameter) => parameter.Trainable;

    /// <summary>
    /// True where each value follows its own gradient and states alone. A plan may then hand a large parameter over in pieces (<see cref="Parameter.Piece"/>), each right
    /// after its part of the gradient, which needs no memory for the whole. False by default.
    /// </summary>
    public virtual bool IsElementwise => false;

    /// <summary>Updates one parameter, or a piece of one, in one pass.</summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="state">Learning rate and step.</param>
    /// <param name="parameter">Master and state buffers.</param>
    /// <param name="gradient">d loss / d parameter, in the master's order.</param>
    public abstract void Apply(WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient);
}
