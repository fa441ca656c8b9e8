using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>Times every way of computing one layer's passes, alone and in turn: the kernels and the copies of parameters that they ask for.</summary>
internal static class LayerTrial
{
    private const int Runs = 7;

    /// <summary>Medians by key and way.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="ways">By key of the layer, its ways.</param>
    /// <param name="batch">Images.</param>
    /// <param name="training">True with a backward pass.</param>
    /// <param name="options">Backend, precision, threads.</param>
    public static Dictionary<(string Key, string Way), double> Measure(
        Graph graph, Layer layer, IReadOnlyDictionary<string, IReadOnlyList<string>> ways, int batch, bool training, RuntimeOptions options)
    {
        Graph alone = SingleLayer.Of(graph, layer);
        using TuningRuntime runtime = new(options);
        using ParameterSet parameters = ParameterSet.For(alone);
        foreach (Parameter parameter in parameters.All)
        {
            parameter.Data.Fill(SingleLayer.Value);
            parameter.Changed();
        }
        List<(string Way, Plan Plan, StepTimes Times)> plans = [];
        foreach (string way in ways.Values.SelectMany(names => names).Distinct())
        {
            Plan plan = runtime.Compile(alone, parameters, SingleLayer.Options(batch, training), ways.Keys.ToDictionary(key => key, _ => way));
            plan.Run();
            plans.Add((way, plan, new StepTimes(plan)));
        }
        for (int run = 0; run < Runs; run++)
        {
            foreach ((_, _, StepTimes times) in plans)
                times.Run();
        }
        Dictionary<(string Key, string Way), double> medians = [];
        foreach ((string way, Plan plan, StepTimes times) in plans)
        {
            foreach (KernelChoice choice in plan.Choices.Where(choice => choice.Chosen == way && ways.ContainsKey(choice.Key)))
                medians[(choice.Key, way)] = Seconds(plan, times, choice);
        }
        return medians;
    }

    private static double Seconds(Plan plan, StepTimes times, KernelChoice choice)
    {
        double seconds = 0;
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            if (plan.Steps[i].Choice?.Key == choice.Key && (StepWork.KindOf(plan.Steps[i]) != StepKind.Reorder || StepWork.IsWeightReorder(plan.Steps[i])))
                seconds += times.Median(i);
        }
        return seconds;
    }
}
