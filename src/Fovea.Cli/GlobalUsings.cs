// What the reports of Fovea.Training say of numbers and machines, the tables here say alike.
global using Format = Fovea.Training.Format;
global using ProcFiles = Fovea.Training.ProcFiles;
