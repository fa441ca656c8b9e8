using Fovea.Engine.Planning;

namespace Fovea.Engine;

/// <summary>Looks for the first layer whose result is infinite or no number.</summary>
internal static class NonFiniteSearch
{
    /// <summary>Runs the forward steps again, one by one: results share memory, so each has to be looked at before the next one is made.</summary>
    /// <param name="steps">The plan's steps; of those only the forward ones are run.</param>
    /// <param name="program">Which buffers are results of which layers, and the parameters that the plan reads.</param>
    /// <returns>What was found, as the end of a sentence; null where everything is finite.</returns>
    public static string? Find(IEnumerable<Step> steps, PlanProgram program)
    {
        foreach (Parameter parameter in program.Parameters)
        {
            if (Count(parameter.Master, parameter.Spec.Elements, Precision.Float32) is > 0 and var bad)
                return $"the parameter {parameter.Name} has {bad} values that are not finite";
        }
        foreach (Step step in steps.TakeWhile(step => step.Phase == StepPhase.Forward))
        {
            step.Run();
            foreach ((Layer layer, Value value) in program.Values)
            {
                if (step.Writes.Contains(value.Buffer) && Count(value.Buffer, value.Layout.Bytes / value.Layout.Precision.Bytes(), value.Layout.Precision) is > 0 and var bad)
                    return $"the first result that is not finite is that of layer {layer.Node}: {bad} values";
            }
        }
        return null;
    }

    private static long Count(Planning.Buffer buffer, long count, Precision precision)
    {
        long bad = 0;
        if (precision == Precision.Float32)
        {
            foreach (float value in buffer.Floats[..(int)count])
                bad += float.IsFinite(value) ? 0 : 1;
            return bad;
        }
        // All bits of the exponent: infinite or no number.
        const int Exponent = 0x7f80;
        foreach (ushort value in buffer.Span<ushort>()[..(int)count])
            bad += (value & Exponent) == Exponent ? 1 : 0;
        return bad;
    }
}
