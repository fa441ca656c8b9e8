using Fovea.Cli.Json;
using Fovea.Cli.Text;

namespace Fovea.Cli.Planning;

/// <summary>The result of <c>plan</c> as tables.</summary>
internal static class PlanText
{
    /// <summary>Writes it.</summary>
    public static void Write(PlanJson plan, TextWriter writer)
    {
        Table sums = new($"{plan.Model}, {(plan.Mode == "train" ? "training" : "inference")}, batch {plan.Batch}", ">bytes", "");
        sums.Row("arena", Format.Bytes(plan.ArenaBytes), $"exact; without sharing it would be {Format.Bytes(plan.UnsharedBytes)}");
        sums.Row("parameters", Format.Bytes(plan.ParameterBytes), "float32 masters");
        if (plan.StateBytes > 0)
            sums.Row("optimizer", Format.Bytes(plan.StateBytes), "its state");
        sums.Row("process", Format.Bytes(plan.ProcessBytes), "runtime, libraries, kernels: measured in this one");
        sums.Rule();
        sums.Row("resident", Format.Bytes(plan.ResidentBytes), "what the process will hold at most");
        sums.Write(writer);
        if (plan.PeakStep is { } peak)
        {
            writer.WriteLine();
            string at = peak.Index < 0 ? "when parameters have changed, before step 0" : $"at step {peak.Index}";
            writer.WriteLine($"Most is needed {at}, {peak.Layer} {peak.Work}: {Format.Bytes(plan.PeakBytes)} at once.");
            Table kinds = new("what", ">bytes");
            foreach ((string kind, long bytes) in plan.AtPeak)
                kinds.Row(kind, Format.Bytes(bytes));
            kinds.Write(writer);
            writer.WriteLine();
            Table largest = new("the largest of it", "what", ">bytes", "steps");
            foreach (PlanBufferJson buffer in plan.Largest)
                largest.Row(buffer.Name, buffer.Kind, Format.Bytes(buffer.Bytes), buffer.LastStep < 0 ? "before 0" : $"{buffer.FirstStep} to {buffer.LastStep}");
            largest.Write(writer);
        }
        writer.WriteLine();
        writer.WriteLine(FormattableString.Invariant(
            $"Predicted: {plan.PredictedMsPerStep:0.0} ms a step, {Format.Speed(plan.PredictedImagesPerSecond)} images/s on {plan.Backend} with {plan.Threads} threads")
            + FormattableString.Invariant($" (this machine: {plan.Machine.GflopsPerSecond:0} GFLOP/s, {plan.Machine.GigabytesPerSecond:0.0} GB/s)."));
        if (plan.Steps is { } steps)
            WriteSteps(plan, steps, writer);
    }

    private static void WriteSteps(PlanJson plan, PlanStepJson[] steps, TextWriter writer)
    {
        writer.WriteLine();
        Table table = new(">step", "layer", "work", "kernel", "layout", ">bytes", ">MACs", ">predicted ms");
        foreach (PlanStepJson step in steps)
            Row(table, step);
        table.Write(writer);
        foreach (PlanStepJson step in steps.Where(s => s.Declined is not null).DistinctBy(s => (s.Layer, s.Declined)))
            writer.WriteLine($"{step.Layer}: {step.Declined}");
        writer.WriteLine();
        if (plan.WeightReorders is not { Length: > 0 } reorders)
        {
            writer.WriteLine("No copy of a parameter into another layout.");
            return;
        }
        writer.WriteLine(FormattableString.Invariant(
            $"Copies of parameters into other layouts: {reorders.Length}, {Format.Bytes(reorders.Sum(r => r.Bytes))} moved, {reorders.Sum(r => r.PredictedMs):0.00} ms")
            + (plan.Mode == "train" ? " in every step." : ", only when the parameters have changed."));
        Table copies = new(">step", "layer", "work", "kernel", "layout", ">bytes", ">MACs", ">predicted ms");
        foreach (PlanStepJson reorder in reorders)
            Row(copies, reorder);
        copies.Write(writer);
    }

    private static void Row(Table table, PlanStepJson step) => table.Row(
        step.Index < 0 ? "" : $"{step.Index}", step.Layer, step.Work, step.Kernel, step.Layout ?? "", Format.Bytes(step.Bytes), step.Macs == 0 ? "" : Format.Short(step.Macs),
        FormattableString.Invariant($"{step.PredictedMs:0.000}"));
}
