using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Models.Tests;

/// <summary>On what a part of a golden was computed: the network itself for logits, its training or its ten steps.</summary>
internal sealed record GoldenSetting(NetworkGolden Golden, JsonElement Json)
{
    public int Batch => Json.GetProperty("batch").GetInt32();

    public Architecture Architecture => Golden.ArchitectureFor([.. Json.GetProperty("input").EnumerateArray().Select(e => e.GetInt32())]);

    /// <summary>The formula's weights, with shifted normalisations where ReLU inputs would tie else.</summary>
    public void Fill(ParameterSet parameters) => Formula.Fill(parameters, Double("headScale", 1), Double("normShift", 0), Double("normSpread", 0));

    /// <summary>The images and labels of a step, from 0.</summary>
    public void Samples(Plan plan, int step) =>
        Formula.Batch((int)Double("first", 0) + step * Batch, Batch, Golden.Classes, Architecture.Input, plan.Pixels, plan.Options.Training ? plan.Labels : []);

    private double Double(string name, double absent) => Json.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : absent;
}
