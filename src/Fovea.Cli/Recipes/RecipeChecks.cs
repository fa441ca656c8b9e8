using Fovea.Cli.Framework;
using Fovea.Kernels;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Recipes;

/// <summary>Whether a recipe's options are options of <c>train</c>, and go with what the user gave beside it.</summary>
internal static class RecipeChecks
{
    /// <summary>Options that belong to a run and not to an experiment.</summary>
    private static readonly string[] NotInRecipes = ["recipe", "without", "resume", "name", "output", "json"];

    /// <summary>Reads every option of the recipe as the command line reads it.</summary>
    /// <exception cref="UsageException">An option is unknown, or its value is not one: names the file and the field.</exception>
    public static void Values(Recipe recipe, Verb train)
    {
        string[] known = [.. train.Options.Select(o => o.Name[2..]).Except(NotInRecipes)];
        foreach (RecipeOption option in recipe.Options)
        {
            string field = $"{recipe.Where}: options.{option.Name}";
            if (NotInRecipes.Contains(option.Name))
                throw new UsageException($"{field}: --{option.Name} belongs to a run and not to a recipe.");
            if (!known.Contains(option.Name))
                throw new UsageException($"{field}: train has no option --{option.Name}.{NearestName.Hint(option.Name, known)}");
            bool flag = train.Options.Single(o => o.Name[2..] == option.Name).Arity.MaximumNumberOfValues == 0;
            if (flag != option.Value is null)
                throw new UsageException(flag ? $"{field}: --{option.Name} has no value; write true, or leave it out."
                    : $"{field}: --{option.Name} wants a value, got true.");
            try
            {
                _ = ArgumentErrors.Parse(train, [option.Argument]);
            }
            catch (UsageException e)
            {
                throw new UsageException($"{field}: {e.Message}");
            }
        }
    }

    /// <summary>Refuses what is left of a recipe whose optimizer, schedule or network the user replaced.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="left">Its options that still hold.</param>
    /// <param name="given">What the user gave, by name without dashes.</param>
    /// <exception cref="UsageException">The user's choice takes some of them not: names them all and says what to do.</exception>
    public static void Leftovers(Recipe recipe, IReadOnlyList<RecipeOption> left, IReadOnlyDictionary<string, string> given)
    {
        if (given.TryGetValue("sched", out string? sched))
            Belong(recipe, left, $"--sched {sched}", ScheduleList.All.SelectMany(s => s.Options), ScheduleList.Find(sched).Options);
        if (given.TryGetValue("opt", out string? opt))
            Belong(recipe, left, $"--opt {opt}", OptimizerList.All.SelectMany(o => o.Options), OptimizerList.Find(opt).Options);
        if (given.TryGetValue("model", out string? model))
        {
            Belong(recipe, left, $"--model {model}", ModelZoo.All.SelectMany(m => m.Options.Select(o => o.Name)),
                [.. Common.Model(model).Options.Select(o => o.Name)]);
        }
    }

    private static void Belong(Recipe recipe, IReadOnlyList<RecipeOption> left, string choice, IEnumerable<string> family, IReadOnlyList<string> taken)
    {
        RecipeOption[] strange = [.. left.Where(o => family.Contains(o.Name) && !taken.Contains(o.Name))];
        if (strange.Length == 0)
            return;
        throw new UsageException($"{choice} does not take {string.Join(", ", strange.Select(o => $"--{o.Name}{(o.Value is null ? "" : " " + o.Value)}"))} of the recipe "
            + $"{recipe.Name}. Add --without {string.Join(',', strange.Select(o => o.Name))} to leave {(strange.Length == 1 ? "it" : "them")} out.");
    }
}
